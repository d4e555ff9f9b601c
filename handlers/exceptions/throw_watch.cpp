// Context: crash time, except find_real_functions() (setup).
#include "handlers/exceptions/throw_watch.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unwind.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>

#include "handlers/exceptions/throw_sites.hpp"
#include "src/process/interposition.hpp"

namespace dblog::crash {
namespace {

using DestroyException = void (*)(void*);
using Throw = void (*)(void*, std::type_info*, DestroyException);
using InitException = abi::__cxa_refcounted_exception* (*)(void*, std::type_info*,
                                                           DestroyException);
using RaiseException = _Unwind_Reason_Code (*)(_Unwind_Exception*);

// Makes the linker take the runtime's own definitions along where it links the runtime's archive:
// ours are weak, step aside, and would find nothing to call.
[[gnu::used]] const auto same_object_as_throw = &abi::__cxa_rethrow;
[[gnu::used]] const auto same_object_as_raise = &_Unwind_Resume_or_Rethrow;

std::atomic<Throw> real_throw{nullptr};
std::atomic<InitException> real_init{nullptr};
std::atomic<RaiseException> real_raise{nullptr};
std::atomic<std::uintptr_t> real_throw_size{0};

// Before main() and before any other thread where that is possible: dlsym() takes locks.
[[gnu::constructor(101)]] void find_real_functions() noexcept {
  real_init = reinterpret_cast<InitException>(::dlsym(RTLD_NEXT, "__cxa_init_primary_exception"));
  real_raise = reinterpret_cast<RaiseException>(::dlsym(RTLD_NEXT, "_Unwind_RaiseException"));
  void* address = ::dlsym(RTLD_NEXT, "__cxa_throw");
  Dl_info file{};
  void* symbol = nullptr;
  if (address != nullptr && ::dladdr1(address, &file, &symbol, RTLD_DL_SYMENT) != 0 &&
      symbol != nullptr) {
    real_throw_size = static_cast<const ElfW(Sym)*>(symbol)->st_size;
  }
  real_throw = reinterpret_cast<Throw>(address);
}

// A library's initializer may throw before ours has run.
template <typename Function>
Function found(std::atomic<Function>& real) noexcept {
  if (real.load(std::memory_order_relaxed) == nullptr) find_real_functions();
  const Function function = real.load(std::memory_order_relaxed);
  if (function == nullptr) ::abort();  // the caller could only have been linked to the runtime
  return function;
}

// __cxa_throw calls it too, for an exception whose throw is known already.
bool is_within_throw(const void* return_address) noexcept {
  const auto throw_start = reinterpret_cast<std::uintptr_t>(real_throw.load());
  return reinterpret_cast<std::uintptr_t>(return_address) - throw_start < real_throw_size.load();
}

// "GNUCC++" and one byte more: those come by the two functions above.
bool is_foreign(const _Unwind_Exception& exception) noexcept {
  return exception.exception_class >> 8 != 0x474E5543432B2B;
}

}  // namespace
}  // namespace dblog::crash

namespace crash = dblog::crash;

// Hidden, under names of our own, so that they can be recognized on a stack, whichever
// definition the loader prefers. Not noexcept: exceptions pass through two of them.
extern "C" {

[[noreturn]] void dblog_crash_watch_throw(void* object, std::type_info* type,
                                          void (*destroy)(void*)) {
  crash::remember_throw(object, __builtin_return_address(0), __builtin_frame_address(0));
  crash::found(crash::real_throw)(object, type, destroy);
  ::abort();
}

abi::__cxa_refcounted_exception* dblog_crash_watch_init(void* object, std::type_info* type,
                                                        void (*destroy)(void*)) noexcept {
  const void* caller = __builtin_return_address(0);
  if (!crash::is_within_throw(caller)) {
    crash::remember_throw(object, caller, __builtin_frame_address(0));
  }
  return crash::found(crash::real_init)(object, type, destroy);
}

_Unwind_Reason_Code dblog_crash_watch_raise(_Unwind_Exception* exception) {
  if (crash::is_foreign(*exception)) {
    crash::remember_throw(exception + 1, __builtin_return_address(0), __builtin_frame_address(0));
  }
  return crash::found(crash::real_raise)(exception);
}

__attribute__((weak, alias("dblog_crash_watch_raise"), visibility("default"))) _Unwind_Reason_Code
_Unwind_RaiseException(_Unwind_Exception*);
}

namespace __cxxabiv1 {
extern "C" {
__attribute__((weak, alias("dblog_crash_watch_throw"), visibility("default"))) void __cxa_throw(
    void*, std::type_info*, void (*)(void*));
__attribute__((weak, alias("dblog_crash_watch_init"), visibility("default")))
__cxa_refcounted_exception*
__cxa_init_primary_exception(void*, std::type_info*, void (*)(void*)) noexcept;
}
}  // namespace __cxxabiv1

namespace dblog::crash {

bool is_throw_watch(std::uint64_t function_start) noexcept {
  return function_start == reinterpret_cast<std::uint64_t>(&dblog_crash_watch_throw) ||
         function_start == reinterpret_cast<std::uint64_t>(&dblog_crash_watch_init) ||
         function_start == reinterpret_cast<std::uint64_t>(&dblog_crash_watch_raise);
}

// Where the runtime's archive is linked, the linker has chosen. AddressSanitizer's calls the next.
bool throws_are_ours() noexcept {
  const void* const ours = reinterpret_cast<const void*>(&dblog_crash_watch_throw);
  const void* const linked = reinterpret_cast<const void*>(&abi::__cxa_throw);
  if (linked == ours) return process::first_of_others({"__cxa_throw"}) == nullptr;
  return !process::is_static_program() &&
         linked == ::dlsym(RTLD_DEFAULT, "__interceptor___cxa_throw");
}

}  // namespace dblog::crash
