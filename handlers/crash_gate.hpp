// Who may handle a crash: one thread of the process at a time, step by step.
// Context: handler only. Lock-free atomics; the steps of one crash run on one thread.
#pragma once

#include <setjmp.h>

#include <atomic>

namespace dblog::crash {

/// The first thread in wins. Others wait here until the process is gone or the gate is open again
/// (a handler that was installed before ours may rescue the program).
///
/// Each step of the winner runs under run(): a fault, an abort or a std::terminate inside of it
/// comes back into the handler on the same thread, which calls skip_step(): the step is given up
/// and the next one begins, with all that is stored so far.
class CrashGate {
 public:
  enum class Entry {
    won,        ///< this thread handles its crash
    in_step,    ///< this thread crashed inside a step: call skip_step()
    recorded,   ///< this thread's crash has been handled: hand on, record nothing
    timed_out,  ///< another thread has been at it for too long: hand on, record nothing
  };

  Entry enter(int thread) noexcept;

  /// Runs `step` under the protection above. False if it was given up.
  template <typename Step>
  bool run(Step step) noexcept {
    // No mask is saved: nested handlers run with the mask of this one.
    if (sigsetjmp(way_out_, 0) != 0) return false;
    is_in_step_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    step();
    std::atomic_signal_fence(std::memory_order_seq_cst);
    is_in_step_.store(false, std::memory_order_relaxed);
    return true;
  }

  /// Leaves the step that this thread is in. Does not return.
  [[noreturn]] void skip_step() noexcept {
    is_in_step_.store(false, std::memory_order_relaxed);
    siglongjmp(way_out_, 1);
  }

  /// The program goes on: the next crash may enter.
  void reopen() noexcept { owner_.store(kNobody, std::memory_order_release); }

 private:
  static constexpr int kNobody = 0;

  std::atomic<int> owner_{kNobody};
  std::atomic<bool> is_in_step_{false};
  sigjmp_buf way_out_;
};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace dblog::crash
