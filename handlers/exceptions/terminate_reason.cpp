// Context: crash time, but for find_runtime_functions() (setup).
#include "handlers/exceptions/terminate_reason.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstddef>

#include "handlers/exceptions/throw_watch.hpp"

namespace dblog::crash {
namespace {

struct RuntimeFunction {
  const char* symbol;
  const char* reason;  // for `crashes.msg`; null: an exception says it better
  bool is_outermost;   // what called this is the program's
  std::uint64_t start;
};

RuntimeFunction functions[] = {
    {"_ZSt9terminatev", nullptr, false, 0},
    {"__cxa_call_terminate", nullptr, false, 0},
    {"__gxx_personality_v0", nullptr, false, 0},
    {"_Unwind_RaiseException", nullptr, false, 0},
    {"_Unwind_Resume", nullptr, false, 0},
    {"_Unwind_Resume_or_Rethrow", nullptr, false, 0},
    {"__cxa_throw", nullptr, true, 0},
    {"__cxa_rethrow", nullptr, true, 0},
    {"_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE", nullptr, true, 0},
    {"__cxa_pure_virtual", "pure virtual method called", true, 0},
    {"__cxa_deleted_virtual", "deleted virtual method called", true, 0},
};

}  // namespace

void find_runtime_functions() noexcept {
  // The library's own addresses, not those of the program's linkage table. A program that links
  // the runtime statically has only one of each.
  void* runtime = ::dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
  for (RuntimeFunction& function : functions) {
    void* address = ::dlsym(runtime != nullptr ? runtime : RTLD_DEFAULT, function.symbol);
    function.start = reinterpret_cast<std::uint64_t>(address);
  }
  if (runtime != nullptr) ::dlclose(runtime);
}

StackObserver TerminateReason::observer() noexcept {
  return {[](void* self, std::uint64_t function_start) {
            return static_cast<TerminateReason*>(self)->leaves_out(function_start);
          },
          this};
}

bool TerminateReason::leaves_out(std::uint64_t function_start) noexcept {
  if (is_settled_) {  // but for our own function, which stands before the runtime's
    const bool is_ours = may_be_watched_ && is_throw_watch(function_start);
    may_be_watched_ = false;
    return is_ours;
  }
  if (function_start == 0) return false;
  for (const RuntimeFunction& function : functions) {
    if (function.start != function_start) continue;
    is_settled_ = function.is_outermost;
    may_be_watched_ = function.is_outermost;
    if (function.reason != nullptr) text_ = function.reason;
    return true;
  }
  return false;
}

}  // namespace dblog::crash
