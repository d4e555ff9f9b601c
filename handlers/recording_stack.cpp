// Context: handler only, except for reserve_recording_stack() (setup).
#include "handlers/recording_stack.hpp"

#include <signal.h>

#include <cstddef>
#include <cstdint>

#include "handlers/interpose/thread_signal_stack.hpp"

// dblog_crash_call_on_stack(argument, function, top): the unwinder finds its way back by the frame
// pointer, whatever the two stacks' order.
#if defined(__x86_64__)
asm(R"(
  .pushsection .text
  .hidden dblog_crash_call_on_stack
  .globl dblog_crash_call_on_stack
  .type dblog_crash_call_on_stack, @function
dblog_crash_call_on_stack:
  .cfi_startproc
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register %rbp
  movq %rdx, %rsp
  callq *%rsi
  movq %rbp, %rsp
  popq %rbp
  .cfi_def_cfa %rsp, 8
  retq
  .cfi_endproc
  .size dblog_crash_call_on_stack, . - dblog_crash_call_on_stack
  .popsection
)");
#elif defined(__aarch64__)
asm(R"(
  .pushsection .text
  .hidden dblog_crash_call_on_stack
  .globl dblog_crash_call_on_stack
  .type dblog_crash_call_on_stack, %function
dblog_crash_call_on_stack:
  .cfi_startproc
  stp x29, x30, [sp, #-16]!
  .cfi_def_cfa_offset 16
  .cfi_offset x29, -16
  .cfi_offset x30, -8
  mov x29, sp
  .cfi_def_cfa_register x29
  mov sp, x2
  blr x1
  mov sp, x29
  ldp x29, x30, [sp], #16
  .cfi_def_cfa sp, 0
  .cfi_restore x29
  .cfi_restore x30
  ret
  .cfi_endproc
  .size dblog_crash_call_on_stack, . - dblog_crash_call_on_stack
  .popsection
)");
#endif

extern "C" void dblog_crash_call_on_stack(void* argument, void (*function)(void*),
                                          void* top) noexcept;

namespace dblog::crash {
namespace {

// A handler's 16 KiB, and a nested one with the kernel's frame.
constexpr std::size_t kEnough = 32 * 1024;

char* top = nullptr;

bool has_enough_left(const stack_t& stack) noexcept {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t left = here - reinterpret_cast<std::uintptr_t>(stack.ss_sp);
  return left >= stack.ss_size || left >= kEnough;  // or it is not on that one
}

}  // namespace

void reserve_recording_stack() noexcept {
#ifndef DBLOG_SANITIZED  // AddressSanitizer takes its frames for those of the thread's stack
  if (top == nullptr) top = top_of_new_signal_stack();
#endif
}

void run_on_enough_stack(const ucontext_t& context, void (*function)(void*),
                         void* argument) noexcept {
  stack_t alternate = context.uc_stack;
  if (top == nullptr || has_enough_left(alternate)) return function(argument);
  // Else a signal that comes meanwhile would be put at its upper end, over what interrupted us.
  struct Without {
    void (*function)(void*);
    void* argument;
  } step{function, argument};
  const auto run_without = [](void* given) {
    const auto& wanted = *static_cast<const Without*>(given);
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
    wanted.function(wanted.argument);
  };
  dblog_crash_call_on_stack(&step, run_without, top);
  ::sigaltstack(&alternate, nullptr);
}

}  // namespace dblog::crash
