// The calling thread's stack as bare addresses: cheap enough for a program that goes on living.
// Called where an exception is thrown and where an error is pushed; names and files come later.
// Context: crash time. Uses the compiler's unwinder, which on glibc 2.35 and GCC 12 takes no lock.
#pragma once

#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "handlers/unwind/guarded_walk.hpp"
#include "handlers/unwind/readable_stack.hpp"

namespace dblog::crash {

/// One frame in 64 bits: its address, and in the highest bit, which no address of a program has,
/// whether it was interrupted there (by a signal) and the address is no return address.
class RawFrame {
 public:
  RawFrame() noexcept = default;
  explicit RawFrame(std::uint64_t bits) noexcept : bits_(bits) {}
  RawFrame(std::uint64_t address, bool is_interrupted) noexcept
      : bits_((address & ~kInterrupted) | (is_interrupted ? kInterrupted : 0)) {}

  [[nodiscard]] std::uint64_t bits() const noexcept { return bits_; }
  [[nodiscard]] std::uint64_t address() const noexcept { return bits_ & ~kInterrupted; }
  [[nodiscard]] bool is_return_address() const noexcept { return (bits_ & kInterrupted) == 0; }

 private:
  static constexpr std::uint64_t kInterrupted = std::uint64_t{1} << 63;
  std::uint64_t bits_ = 0;
};

/// The innermost frames, from the inside out.
struct RawStack {
  static constexpr std::uint32_t kMaxFrames = 64;

  std::uint32_t frame_count = 0;
  RawFrame frames[kMaxFrames];
};
static_assert(std::is_trivially_copyable_v<RawStack>);

/// Fills `stack` from the frame that `start_address` (__builtin_return_address(0) of a function
/// that is still running) returns to. Leaves it empty if the stack cannot be walked.
void capture_raw_stack(RawStack& stack, const void* start_address) noexcept;

/// The same for callers that keep frames in another way: take(RawFrame, stack_pointer) gets each
/// frame, with its stack pointer at the call that it is in, until it returns false.
template <typename Take>
void walk_raw_stack(const void* start_address, Take take) noexcept {
  struct Walk {
    std::uint64_t start_address;
    Take& take;
    ReadableStack stack;
    bool has_started;
  };
  Walk walk{reinterpret_cast<std::uint64_t>(start_address), take,
            ReadableStack{__builtin_frame_address(0)}, false};
  const auto visit = [](_Unwind_Context* context, void* argument) -> _Unwind_Reason_Code {
    Walk& self = *static_cast<Walk*>(argument);
    int is_interrupted = 0;
    const std::uint64_t address = _Unwind_GetIPInfo(context, &is_interrupted);
    if (address == 0) return _URC_END_OF_STACK;
    if (is_interrupted == 0 && !self.stack.goes_on(context, address)) return _URC_END_OF_STACK;
    if (!self.has_started && address != self.start_address) return _URC_NO_REASON;
    self.has_started = true;
    const bool goes_on =
        self.take(RawFrame{address, is_interrupted != 0}, std::uintptr_t{_Unwind_GetCFA(context)});
    return goes_on ? _URC_NO_REASON : _URC_END_OF_STACK;
  };
  walk_guarded([&] { _Unwind_Backtrace(visit, &walk); });
}

}  // namespace dblog::crash
