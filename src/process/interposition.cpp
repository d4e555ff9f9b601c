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

bool is_static_program() noexcept { return __pthread_create_2_1 != nullptr; }

bool is_ours(const char* name, const void* ours) noexcept {
  return is_static_program() || ::dlsym(RTLD_DEFAULT, name) == ours;
}

}  // namespace dblog::crash
