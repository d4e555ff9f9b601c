// Context: crash time, except find_runtime_functions() (setup).
#include "handlers/exceptions/terminate_reason.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <cstddef>

#include "handlers/exceptions/clang_terminate.hpp"
#include "handlers/exceptions/exception_in_flight.hpp"
#include "handlers/exceptions/throw_watch.hpp"

namespace dblog::crash {

enum class TerminateReason::Role : std::uint8_t {
  inner,
  terminates,      // std::terminate itself
  personality,     // calls the next one in its second phase, and so is not what is noexcept
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
    {"_ZSt9terminatev", Role::terminates, 0},
    {"__cxa_call_terminate", Role::meets_noexcept, 0},
    {"__gxx_personality_v0", Role::personality, 0},
    {"_Unwind_RaiseException", Role::inner, 0},
    {"_Unwind_Resume", Role::inner, 0},
    {"_Unwind_Resume_or_Rethrow", Role::inner, 0},
    {"__cxa_throw", Role::throws, 0},
    {"__cxa_rethrow", Role::throws, 0},
    {"_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE", Role::throws, 0},
    {"__cxa_pure_virtual", Role::calls_pure_virtual, 0},
    {"__cxa_deleted_virtual", Role::calls_deleted_virtual, 0},
};

std::uint64_t begin_catch = 0;

}  // namespace

void find_runtime_functions() noexcept {
  // The library's own addresses, not those of the program's linkage table. A program that links
  // the runtime statically has only one of each.
  void* runtime = ::dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
  for (RuntimeFunction& function : functions) {
    void* address = ::dlsym(runtime != nullptr ? runtime : RTLD_DEFAULT, function.symbol);
    function.start = reinterpret_cast<std::uint64_t>(address);
  }
  void* const scope = runtime != nullptr ? runtime : RTLD_DEFAULT;
  begin_catch = reinterpret_cast<std::uint64_t>(::dlsym(scope, "__cxa_begin_catch"));
  if (runtime != nullptr) ::dlclose(runtime);
}

StackObserver TerminateReason::observer() noexcept {
  return {[](void* self, const ObservedFrame& frame) {
            return static_cast<TerminateReason*>(self)->leaves_out(frame);
          },
          this};
}

bool TerminateReason::leaves_out(const ObservedFrame& frame) noexcept {
  if (is_of_runtime(frame)) {
    depth_ = 0;
    return true;
  }
  look_for_noexcept(frame);
  ++depth_;
  return false;
}

bool TerminateReason::is_of_runtime(const ObservedFrame& frame) noexcept {
  if (is_settled_) {  // except our own function, which stands before the runtime's
    const bool is_ours = may_be_watched_ && is_throw_watch(frame.function_start);
    may_be_watched_ = false;
    return is_ours;
  }
  if (frame.function_start == 0) return false;
  const bool is_called_by_terminate = has_terminated_;
  has_terminated_ = false;
  for (const RuntimeFunction& function : functions) {
    if (function.start != frame.function_start) continue;
    is_settled_ = function.role >= Role::throws;
    may_be_watched_ = is_settled_;
    note(function.role);
    return true;
  }
  if (!is_called_by_terminate ||
      !is_clang_call_terminate(frame.function_start, frame.address, begin_catch)) {
    return false;
  }
  note(Role::meets_noexcept);
  is_settled_ = true;
  return true;
}

// Only the first that fits: further out the stack may be at the same place by chance of recursion.
void TerminateReason::look_for_noexcept(const ObservedFrame& frame) noexcept {
  const bool is_it = next_ == Next::is_noexcept ||
                     (next_ == Next::catches && frame.stack_pointer == stack_pointer_of_catcher());
  if (!is_it || has_noexcept_frame_) return;
  has_noexcept_frame_ = true;
  noexcept_depth_ = depth_;
}

void TerminateReason::note_noexcept_frame(CrashRecord& record) const noexcept {
  // One that lies in the gap of a deep stack was not stored.
  const bool is_stored = record.frames_left_out == 0 && noexcept_depth_ < record.frame_count;
  if (!has_noexcept_frame_ || !is_stored) return;
  record.has_noexcept_frame = true;
  record.noexcept_depth = noexcept_depth_;
  record.was_unwinding = is_another_on_its_way();
}

void TerminateReason::note(Role role) noexcept {
  switch (role) {
    case Role::inner:
      break;
    case Role::terminates:
      has_terminated_ = true;
      break;
    case Role::personality:
      has_met_noexcept_ = true;
      next_ = Next::catches;
      break;
    case Role::meets_noexcept:  // of GCC 13, by the function itself
      has_met_noexcept_ = true;
      next_ = Next::is_noexcept;
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
