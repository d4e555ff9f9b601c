// Context: setup.
#include "src/process/interposition.hpp"

#include <dlfcn.h>
#include <pthread.h>

extern "C" {
// The C library's own name, there only in a program that is linked with -static.
[[gnu::weak]] int __pthread_create_2_1(pthread_t*, const pthread_attr_t*, void* (*)(void*),
                                       void*) noexcept;
}

namespace dblog::crash {

namespace {

const void* file_of(void* address) noexcept {
  dl_find_object file{};
  return ::_dl_find_object(address, &file) == 0 ? file.dlfo_map_start : nullptr;
}

}  // namespace

bool is_static_program() noexcept { return __pthread_create_2_1 != nullptr; }

// Not in RTLD_DEFAULT: a library that was opened with RTLD_DEEPBIND finds itself there first.
bool is_ours(const char* name) noexcept {
  if (is_static_program()) return true;
  void* const program = ::dlopen(nullptr, RTLD_LAZY);
  if (program == nullptr) return false;
  void* const found = ::dlsym(program, name);
  ::dlclose(program);
  return found != nullptr && file_of(found) == file_of(reinterpret_cast<void*>(file_of));
}

}  // namespace dblog::crash
