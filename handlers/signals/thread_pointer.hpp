// Whether a signal struck a thread that has its own thread pointer: the register by which it finds
// its block of memory, with errno, the stack protector's canary and what the C library knows of the
// thread. An emulator runs its guest's code with the guest's instead, and a write that runs off the
// upper end of a thread's stack reaches the block itself. A handler of ours that used it then would
// fault at its first instruction, and the kernel would kill a program that could have gone on.
// So the functions that the kernel calls have no stack protector, and look here before all else.
//
// x86-64 where a program can read that register (FSGSBASE, Linux 5.9). Elsewhere, on AArch64 too,
// the thread pointer is taken for the thread's own.
// Context: handler only, except for learn_thread_block() (setup).
#pragma once

#include <csignal>
#include <cstdint>

namespace dblog::crash {

/// By what the block of any thread of this process is known.
void learn_thread_block() noexcept;

/// If the block is the thread's own and only its pointers to itself are wrong, they are put right.
__attribute__((no_stack_protector)) bool has_own_thread_pointer() noexcept;

/// Makes the thread's own pointer current for as long as this lives. Does nothing where it is
/// already, or where the C library does not know the thread.
class OwnThreadPointer {
 public:
  __attribute__((no_stack_protector)) OwnThreadPointer() noexcept;
  __attribute__((no_stack_protector)) ~OwnThreadPointer();
  OwnThreadPointer(const OwnThreadPointer&) = delete;
  OwnThreadPointer& operator=(const OwnThreadPointer&) = delete;

 private:
  [[maybe_unused]] bool is_another_ = false;
  [[maybe_unused]] std::uintptr_t before_ = 0;
};

/// Calls a handler of the program's as the kernel would have, and uses nothing of the thread's
/// block: the handler is the emulator's, finds the guest's pointer and may leave its own.
/// Nothing of ours may follow but the end of our handler.
__attribute__((no_stack_protector)) void call_as_the_kernel(int signal, siginfo_t* info,
                                                            void* interrupted,
                                                            const struct sigaction& action);

}  // namespace dblog::crash
