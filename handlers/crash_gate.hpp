// Who may handle a crash: one thread of the process at a time, step by step, and not for long.
// Context: handler only. Lock-free atomics; the steps of one crash run on one thread.
#pragma once

#include <setjmp.h>

#include <atomic>
#include <csignal>
#include <cstdint>

namespace dblog::crash {

/// The first thread in wins. Others wait here until the process is gone or the gate is open again
/// (a handler that was installed before ours may rescue the program).
///
/// Each step of the winner runs under run(): a fault, an abort or a std::terminate inside of it
/// comes back into the handler on the same thread, which calls skip_step(): the step is given up
/// and the next one begins, with all that is stored so far. When the deadline has passed, the step
/// that is under way is given up likewise, by a timer's signal, and so are those that follow.
class CrashGate {
 public:
  enum class Entry {
    won,        ///< this thread handles its crash
    in_step,    ///< this thread crashed inside a step: call skip_step()
    recorded,   ///< this thread's crash has been handled: hand on, record nothing
    timed_out,  ///< another thread has been at it for too long: hand on, record nothing
  };

  /// How long a crash may take, from enter() on. Context: set-up.
  void set_deadline(std::int64_t nanoseconds) noexcept { deadline_ns_ = nanoseconds; }

  Entry enter(int thread) noexcept;

  /// Runs `step` under the protection above. False if it was given up or not begun.
  template <typename Step>
  bool run(Step step) noexcept {
    return !has_expired_.load(std::memory_order_relaxed) && run_protected(step);
  }

  /// The same for what is done after the deadline too: only what cannot wait for anything.
  template <typename Step>
  bool run_last(Step step) noexcept {
    stop_timer();
    return run_protected(step);
  }

  /// Leaves the step that this thread is in. Does not return.
  [[noreturn]] void skip_step() noexcept {
    is_in_step_.store(false, std::memory_order_relaxed);
    siglongjmp(way_out_, 1);
  }

  /// When to stop waiting for others' locks (CLOCK_MONOTONIC, nanoseconds): before the deadline,
  /// so that there is time to say so.
  [[nodiscard]] std::int64_t give_up_waiting_at() const noexcept { return give_up_waiting_at_; }

  /// The program goes on: the next crash may enter.
  void reopen() noexcept;

  /// What handlers block while they run: everything but crashes, which the kernel would answer by
  /// killing the process, and the deadline's timer.
  static sigset_t blocked_signals() noexcept;

 private:
  static constexpr int kNobody = 0;

  template <typename Step>
  bool run_protected(Step& step) noexcept {
    // No mask is saved: nested handlers run with the mask of this one.
    if (sigsetjmp(way_out_, 0) != 0) return false;
    is_in_step_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    step();
    std::atomic_signal_fence(std::memory_order_seq_cst);
    is_in_step_.store(false, std::memory_order_relaxed);
    return true;
  }

  static int timer_signal() noexcept { return SIGRTMAX - 2; }
  void start_timer(int thread) noexcept;
  void stop_timer() noexcept;
  static void on_timer(int signal, siginfo_t* info, void* interrupted) noexcept;

  std::atomic<int> owner_{kNobody};
  std::atomic<bool> is_in_step_{false};
  std::atomic<bool> has_expired_{false};
  sigjmp_buf way_out_;
  std::int64_t deadline_ns_ = 250'000'000;
  std::int64_t give_up_waiting_at_ = 0;
  int timer_ = -1;
  struct sigaction previous_timer_action_ = {};
};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace dblog::crash
