// Signals that are no crash of their own, but what another one leads to: they are chained, and
// make no second row. See also repeated_crash.hpp.
// - Two copies of this code in one process (a program that is linked with the static library loads
//   a plug-in with the shared one): each chains to the one before it. The copy that has
//   recorded it says so to the next.
// - A fault that a handler claims to have repaired, and that comes again and again as it was.
// Context: handler only.
#pragma once

#include <ucontext.h>

#include <csignal>
#include <cstdint>

namespace dblog::crash {

/// The same for a fault that comes again at the same place with the same registers.
std::uint64_t mark_of(const siginfo_t& info, const ucontext_t& context) noexcept;

/// Tells another copy that what interrupted `context` is recorded, for as long as it lives.
class RecordedSignal {
 public:
  explicit RecordedSignal(ucontext_t& context) noexcept;
  ~RecordedSignal() { context_.uc_link = before_; }
  RecordedSignal(const RecordedSignal&) = delete;
  RecordedSignal& operator=(const RecordedSignal&) = delete;

 private:
  ucontext_t& context_;
  ucontext_t* before_;
};

/// Whether another copy has said so.
bool is_recorded_by_another_copy(const ucontext_t& context) noexcept;

/// The same for std::terminate, where there is no context: a mark in the frame of the terminate
/// handler that calls the previous one.
class RecordedTerminate {
 public:
  RecordedTerminate() noexcept;
  ~RecordedTerminate();
  RecordedTerminate(const RecordedTerminate&) = delete;
  RecordedTerminate& operator=(const RecordedTerminate&) = delete;

 private:
  volatile std::uint64_t mark_[2];
};

/// `frame`: of the terminate handler that asks, __builtin_frame_address(0).
bool is_terminate_of_another_copy(const void* frame) noexcept;

/// Tells faults that the handler before ours has repaired from those that it has not: these come
/// again with every register as it was. Only the thread that holds the gate.
class RepeatedFault {
 public:
  /// How often in a row this fault came before, counted up to 2.
  int count(const siginfo_t& info, const ucontext_t& context) noexcept;

 private:
  std::uint64_t mark_ = 0;
  int count_ = 0;
};

}  // namespace dblog::crash
