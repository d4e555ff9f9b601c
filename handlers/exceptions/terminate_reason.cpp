// Context: crash time, except find_runtime_functions() (setup).
#include "handlers/exceptions/terminate_reason.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstddef>

#include "handlers/exceptions/throw_watch.hpp"

namespace dblog::crash {

enum class TerminateReason::Role : std::uint8_t {
  inner,
  meets_noexcept,  // the way out of an exception ends at a function that is noexcept
  // What called these is the program's:
  throws,
  calls_pure_virtual,
  calls_deleted_virtual,
};

namespace {

using Role = TerminateReason::Role;

struct RuntimeFunction {
  const char* symbol;
  Role role;
  std::uint64_t start;
};

RuntimeFunction functions[] = {
    {"_ZSt9terminatev", Role::inner, 0},
    {"__cxa_call_terminate", Role::meets_noexcept, 0},
    {"__gxx_personality_v0", Role::meets_noexcept, 0},
    {"_Unwind_RaiseException", Role::inner, 0},
    {"_Unwind_Resume", Role::inner, 0},
    {"_Unwind_Resume_or_Rethrow", Role::inner, 0},
    {"__cxa_throw", Role::throws, 0},
    {"__cxa_rethrow", Role::throws, 0},
    {"_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE", Role::throws, 0},
    {"__cxa_pure_virtual", Role::calls_pure_virtual, 0},
    {"__cxa_deleted_virtual", Role::calls_deleted_virtual, 0},
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
  if (is_settled_) {  // except our own function, which stands before the runtime's
    const bool is_ours = may_be_watched_ && is_throw_watch(function_start);
    may_be_watched_ = false;
    return is_ours;
  }
  if (function_start == 0) return false;
  for (const RuntimeFunction& function : functions) {
    if (function.start != function_start) continue;
    is_settled_ = function.role >= Role::throws;
    may_be_watched_ = is_settled_;
    note(function.role);
    return true;
  }
  return false;
}

void TerminateReason::note(Role role) noexcept {
  switch (role) {
    case Role::inner:
      break;
    case Role::meets_noexcept:
      has_met_noexcept_ = true;
      break;
    case Role::throws:
      is_uncaught_ = !has_met_noexcept_;
      break;
    case Role::calls_pure_virtual:
      cause_ = schema::Cause::pure_virtual_call;
      break;
    case Role::calls_deleted_virtual:
      cause_ = schema::Cause::deleted_virtual_call;
      break;
  }
}

schema::Phase TerminateReason::phase(bool is_main_thread) const noexcept {
  if (has_met_noexcept_) return schema::Phase::is_noexcept;
  if (!is_uncaught_) return schema::Phase::unknown;
  return is_main_thread ? schema::Phase::main : schema::Phase::thread;
}

const char* TerminateReason::text() const noexcept {
  switch (cause_) {
    case schema::Cause::pure_virtual_call:
      return "pure virtual method called";
    case schema::Cause::deleted_virtual_call:
      return "deleted virtual method called";
    default:
      return "std::terminate called without an exception";
  }
}

}  // namespace dblog::crash
