// Context: crash time, except for find_abort() (setup).
#include "handlers/unwind/signal_origin.hpp"

#include <dlfcn.h>
#include <unistd.h>
#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "handlers/unwind/code_position.hpp"
#include "handlers/unwind/raw_stack.hpp"
#include "src/base/memory_probe.hpp"

namespace dblog::crash {
namespace {

void* abort_start = nullptr;

// It looks up what is before a return address.
void* function_of(const RawFrame& frame) noexcept {
  const std::uint64_t next = frame.address() + (frame.is_return_address() ? 0 : 1);
  return _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(next));
}

// What the kernel puts on the stack, where the stack pointer is when the handler has returned:
// struct rt_sigframe in arch/x86/include/asm/sigframe.h and arch/arm64/kernel/signal.c.
HandledFault fault_on_stack(std::uintptr_t stack_pointer) noexcept {
#if defined(__x86_64__)
  // The kernel's context ends with its signal set, of 8 bytes; the C library's is longer.
  constexpr std::size_t kContextSize = offsetof(ucontext_t, uc_sigmask) + 8;
  return {reinterpret_cast<siginfo_t*>(stack_pointer + kContextSize),
          reinterpret_cast<ucontext_t*>(stack_pointer)};
#elif defined(__aarch64__)
  return {reinterpret_cast<siginfo_t*>(stack_pointer),
          reinterpret_cast<ucontext_t*>(stack_pointer + sizeof(siginfo_t))};
#endif
}

bool is_fault_at(const HandledFault& fault, std::uintptr_t stack_pointer, int signal,
                 std::uint64_t program_counter) noexcept {
  constexpr std::uintptr_t kReach = 576;  // all that is read below
  return stack_pointer != 0 && base::is_readable(reinterpret_cast<const void*>(stack_pointer)) &&
         base::is_readable(reinterpret_cast<const void*>(stack_pointer + kReach)) &&
         program_counter_of(*fault.context) == program_counter && fault.info->si_signo == signal &&
         fault.info->si_code > 0;
}

}  // namespace

// The C library's own, and not what the program may have in front of it.
void find_abort() noexcept {
  void* library = ::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  abort_start = library != nullptr ? ::dlsym(library, "abort") : nullptr;
  if (abort_start == nullptr) abort_start = reinterpret_cast<void*>(&std::abort);
  if (library != nullptr) ::dlclose(library);
}

bool may_be_abort(const siginfo_t& info) noexcept {
  return info.si_signo == SIGABRT && info.si_code == SI_TKILL && info.si_pid == ::getpid();
}

bool is_in_abort(const ucontext_t& context) noexcept {
  constexpr int kInsideOfAbort = 3;  // raise() and what is in it: walked, unless nothing can be
  constexpr int kMostFrames = 6;
  bool is_found = false;
  int frames = 0;
  const std::uint64_t start = program_counter_of(context);
  walk_raw_stack(reinterpret_cast<const void*>(start),
                 [&](const RawFrame& frame, std::uintptr_t /*stack_pointer*/) {
                   is_found = function_of(frame) == abort_start;
                   return !is_found && ++frames < kMostFrames;
                 });
  return is_found || frames < kInsideOfAbort;
}

[[gnu::noinline]] HandledFault find_handled_fault(int signal, int most_handlers) noexcept {
  constexpr int kMostFrames = 64;
  HandledFault found;
  int frames = 0;
  std::uintptr_t stack_pointer_before = 0;  // of the code that a handler returns to
  walk_raw_stack(__builtin_return_address(0),
                 [&](const RawFrame& frame, std::uintptr_t stack_pointer) {
                   if (!frame.is_return_address()) {
                     const HandledFault fault = fault_on_stack(stack_pointer_before);
                     if (is_fault_at(fault, stack_pointer_before, signal, frame.address()))
                       found = fault;
                     if (found.info != nullptr || --most_handlers == 0) return false;
                   }
                   stack_pointer_before = stack_pointer;
                   return ++frames < kMostFrames;
                 });
  // After a call through a null pointer there is no code that the walk could come to.
  const HandledFault call = fault_on_stack(stack_pointer_before);
  if (found.info == nullptr && is_fault_at(call, stack_pointer_before, signal, 0)) return call;
  return found;
}

}  // namespace dblog::crash
