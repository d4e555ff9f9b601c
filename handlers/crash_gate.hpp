// Lets one thread of the process at a time handle its crash, step by step, and not for long.
// Context: handler only. Lock-free atomics; the steps of one crash run on one thread.
#pragma once

#include <setjmp.h>

#include <atomic>
#include <csignal>
#include <cstdint>

#include "handlers/record/progress.hpp"

namespace dblog::crash {

/// The first thread in wins. Others wait here until the process is gone or the gate is open again
/// (a handler that was installed before ours may rescue the program).
///
/// Each step of the winner runs under run(): a fault, an abort or a std::terminate inside of it
/// comes back into the handler on the same thread, which calls skip_step(): the step is given up
/// and the next one begins, with all that is stored so far. When nothing has happened for the
/// deadline (progress.hpp), the step that is under way is given up likewise, by a timer's signal,
/// and so are those that follow. A recording that goes on, on a machine that is busy with others,
/// has kMostDeadlines of them.
class CrashGate {
 public:
  enum class Entry {
    won,            ///< this thread handles its crash
    in_step,        ///< this thread crashed inside a step: call skip_step()
    between_steps,  ///< the same, but between two steps: nothing of ours can crash there
    recorded,       ///< this thread's crash has been handled: chain, record nothing
    timed_out,      ///< another thread has been at it for too long: chain, record nothing
  };

  /// The longest that a recording may take as a whole, in deadlines.
  static constexpr int kMostDeadlines = 16;

  /// How long nothing may happen. Context: setup.
  void set_deadline(std::int64_t nanoseconds) noexcept { deadline_ns_ = nanoseconds; }

  /// `stack` is where the crashed code's stack was: tells a crash inside of the handler that this
  /// thread's crash was chained to from a new one, after that handler had jumped away.
  Entry enter(int thread, std::uintptr_t stack) noexcept;

  /// Whether `thread` handles its crash just now.
  [[nodiscard]] bool is_owner(int thread) const noexcept {
    return owner_.load(std::memory_order_relaxed) == thread;
  }

  /// Starts the deadline's timer. To be run as a step: a seccomp filter may object.
  void start_deadline() noexcept;

  /// Runs `step` under the protection above. False if it was given up or not begun.
  template <typename Step>
  bool run(Step step) noexcept {
    return !has_expired_.load(std::memory_order_relaxed) && run_protected(step);
  }

  /// For what must be done of every crash and cannot wait for anything: no deadline ends it. On a
  /// busy machine any deadline may pass before a step's first instruction.
  template <typename Step>
  bool run_untimed(Step step) noexcept {
    is_timed_.store(false, std::memory_order_relaxed);
    const bool is_done = run_protected(step);
    is_timed_.store(true, std::memory_order_relaxed);
    return is_done;
  }

  /// The same as run() for code that is not ours: if it stands still for the deadline, it alone is
  /// given up, and what comes next has its time. False then, and if it faulted.
  template <typename Step>
  bool run_foreign(Step step) noexcept {
    is_foreign_.store(true, std::memory_order_relaxed);
    const bool is_done = run(step);
    is_foreign_.store(false, std::memory_order_relaxed);
    return is_done;
  }

  /// Whether the last step that run_foreign() gave up stood still.
  [[nodiscard]] bool was_stuck() const noexcept {
    return was_stuck_.load(std::memory_order_relaxed);
  }

  /// The same as run() for what is done after the deadline too, with a short one of its own.
  template <typename Step>
  bool run_last(Step step) noexcept {
    if (has_expired_.load(std::memory_order_relaxed)) arm_timer(kLastStepNanoseconds);
    return run_protected(step);
  }

  /// Leaves the step that this thread is in. Does not return.
  [[noreturn]] void skip_step() noexcept;

  /// When a step that begins now stops to wait for others' locks (CLOCK_MONOTONIC, nanoseconds):
  /// before the deadline, so that there is time to say so.
  [[nodiscard]] std::int64_t give_up_waiting_at() const noexcept;

  /// The record is done; what comes now is foreign code, called from the frame at `stack`.
  void chain_from(std::uintptr_t stack) noexcept;

  /// For a thread that ends the program: until no other thread's crash is being recorded, or
  /// nothing has happened for four deadlines, or for a tenth of a second since it was chained.
  void wait_for_the_end() const noexcept;

  /// The program goes on: the next crash may enter. In a child after fork() too, whatever the
  /// parent's other threads were at.
  void reopen() noexcept;

 private:
  static constexpr int kNobody = 0;
  static constexpr int kNoTimer = -1;
  static constexpr std::int64_t kLastStepNanoseconds = 50'000'000;

  template <typename Step>
  bool run_protected(Step& step) noexcept {
    // No mask is saved: nested handlers run with the mask of this one.
    if (sigsetjmp(way_out_, 0) != 0) return false;
    note_progress();
    // Through a pointer that the compiler cannot follow: an exception ends in this frame, which
    // way_out_ leads back to. Clang lets one pass through frames that it takes for nothrow.
    void (*volatile call)(Step&) = [](Step& called) { called(); };
    is_in_step_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    call(step);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    is_in_step_.store(false, std::memory_order_relaxed);
    return true;
  }

  static void on_timer(int signal, siginfo_t* info, void* interrupted) noexcept;

  void win() noexcept;
  void arm_timer(std::int64_t nanoseconds) noexcept;
  bool has_more_time() noexcept;
  bool gives_up_foreign_step() noexcept;
  void arm_alarm(std::int64_t nanoseconds) noexcept;
  void stop_timer() noexcept;

  std::atomic<int> owner_{kNobody};
  std::atomic<bool> is_in_step_{false};
  std::atomic<bool> is_timed_{true};
  std::atomic<bool> has_expired_{false};
  std::atomic<bool> is_foreign_{false};
  std::atomic<bool> was_stuck_{false};
  std::atomic<std::uintptr_t> handed_on_from_{0};
  std::atomic<std::int64_t> handed_on_at_{0};  // CLOCK_MONOTONIC, nanoseconds
  sigjmp_buf way_out_;
  std::int64_t deadline_ns_ = 250'000'000;
  std::int64_t ends_at_ = 0;  // CLOCK_MONOTONIC, nanoseconds: whatever happens
  std::uint32_t progress_at_timer_ = 0;
  int looks_without_progress_ = 0;
  int timer_ = kNoTimer;
  bool has_own_timer_action_ = false;
  bool has_alarm_ = false;
  struct sigaction previous_timer_action_ = {};
  struct sigaction previous_alarm_action_ = {};
};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

}  // namespace dblog::crash
