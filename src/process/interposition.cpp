// Context: setup.
#include "src/process/interposition.hpp"

#include <dlfcn.h>
#include <pthread.h>

extern "C" {
// The C library's own name, there only in a program that is linked with -static.
[[gnu::weak]] int __pthread_create_2_1(pthread_t*, const pthread_attr_t*, void* (*)(void*),
                                       void*) noexcept;
}

namespace dblog::process {

namespace {

const void* file_of(void* address) noexcept {
  dl_find_object file{};
  return ::_dl_find_object(address, &file) == 0 ? file.dlfo_map_start : nullptr;
}

}  // namespace

bool is_static_program() noexcept { return __pthread_create_2_1 != nullptr; }

// Not in RTLD_DEFAULT: a library that was opened with RTLD_DEEPBIND finds itself there first.
const char* first_of_others(const char* const* names, std::size_t count) noexcept {
  if (is_static_program()) return nullptr;
  void* const program = ::dlopen(nullptr, RTLD_LAZY);
  if (program == nullptr) return *names;
  const void* const ours = file_of(reinterpret_cast<void*>(file_of));
  std::size_t i = 0;
  for (; i < count; ++i) {
    void* const found = ::dlsym(program, names[i]);
    if (found == nullptr || file_of(found) != ours) break;
  }
  ::dlclose(program);
  return i < count ? names[i] : nullptr;
}

}  // namespace dblog::process
