// The crashed thread's stack as raw addresses.
// Context: crash time. Uses the compiler's unwinder (_Unwind_Backtrace), which on glibc 2.35 and
// GCC 12 finds unwind tables without a lock. On a smashed stack the unwinder itself may fault:
// frames are stored one by one, so that those found before stay.
#pragma once

#include <ucontext.h>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

struct ObservedFrame {
  std::uint64_t address;
  std::uint64_t function_start;  ///< 0 if it is not known
  std::uint64_t stack_pointer;   ///< at the call that it is in
};

/// Sees each frame, from the inside out, and says whether it and all before it belong to the C++
/// runtime and are to be left out.
struct StackObserver {
  bool (*leaves_out)(void* context, const ObservedFrame& frame) = nullptr;
  void* context = nullptr;
};

/// Fills `record.frames` from the interrupted context of a signal: depth 0 is the faulting
/// instruction, not the handler. A jump to an address that is not code starts with that address
/// and goes on with the caller.
void capture_interrupted_stack(CrashRecord& record, ucontext_t& interrupted) noexcept;

/// Fills `record.frames` from the calling thread's own stack, from the frame that `start_address`
/// returns to (__builtin_return_address) on.
void capture_own_stack(CrashRecord& record, const void* start_address,
                       StackObserver observer) noexcept;

/// The first frames of the thread that `interrupted` comes from, which is the calling one. How
/// many were stored.
std::uint32_t capture_first_frames(const ucontext_t& interrupted, Frame* frames,
                                   std::uint32_t capacity) noexcept;

/// Makes the unwinder do what it does only once. Context: setup.
void warm_up_unwinder() noexcept;

}  // namespace dblog::crash
