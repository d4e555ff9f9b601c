// A stack that the program captured itself, as the stack of an event. Not part of dblog/dblog.hpp.
//
//   #include <boost/stacktrace.hpp>
//   #include <dblog/stack.hpp>
//   const boost::stacktrace::stacktrace trace;
//   events.push_to_table("out of stock", {.frames = dblog::StackFrames{trace}});
//
// Takes a boost::stacktrace::stacktrace, also one that a Boost.Exception carries, and a C++23
// std::stacktrace, and needs no header of either. A range of return addresses, as backtrace(3)
// fills it, needs no class: PushOptions::frames takes it as it is.
// Threads: a plain value.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>

namespace dblog {
inline namespace abi_1 {

/// A frame of Boost.Stacktrace: address() is a return address.
template <typename Frame>
concept BoostStackFrame = requires(const Frame& frame) {
  { frame.address() } -> std::convertible_to<const void*>;
};

/// A std::stacktrace_entry: native_handle() lies in the call, one below its return address (GCC).
template <typename Frame>
concept StandardStackFrame = requires(const Frame& frame) {
  { frame.native_handle() } -> std::convertible_to<std::uintptr_t>;
};

/// The return addresses of a captured stack, the innermost first. Allocates nothing. Threads: a
/// plain value, which one thread at a time changes.
class StackFrames {
 public:
  /// How many frames are kept, the innermost ones: as many as an event's stack has.
  static constexpr std::size_t kMaxFrames = 64;

  /// Copies the addresses of `trace`, which is not needed afterwards.
  template <std::ranges::input_range Trace>
  requires BoostStackFrame<std::ranges::range_value_t<Trace>> ||
      StandardStackFrame<std::ranges::range_value_t<Trace>>
  explicit StackFrames(const Trace& trace) {
    for (const auto& frame : trace) {
      if (size_ == kMaxFrames) break;
      addresses_[size_] = return_address(frame);
      if (addresses_[size_] != nullptr) ++size_;
    }
  }

  /// The innermost return address.
  [[nodiscard]] const void* const* begin() const noexcept { return addresses_.data(); }
  /// Behind the outermost return address.
  [[nodiscard]] const void* const* end() const noexcept { return begin() + size_; }

 private:
  template <typename Frame>
  static const void* return_address(const Frame& frame) {
    if constexpr (BoostStackFrame<Frame>) {
      return frame.address();
    } else {
      const std::uintptr_t in_call = frame.native_handle();
      return in_call + 1 > 1 ? reinterpret_cast<const void*>(in_call + 1) : nullptr;
    }
  }

  std::array<const void*, kMaxFrames> addresses_{};
  std::size_t size_ = 0;
};

}  // namespace abi_1
}  // namespace dblog
