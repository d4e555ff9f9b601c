// Context: handler only.
#include "handlers/crash_gate.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "handlers/signals/handler_mask.hpp"
#include "handlers/signals/signal_action.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/process/signal_block.hpp"

namespace dblog::crash {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// A step is left from inside of the timer's handler: its signal must be able to come again. Most
// often it only looks at what has happened, and what it interrupts goes on.
constexpr int kTimerFlags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;

// So often does the timer look within a deadline.
constexpr int kLooks = 4;

// The gate whose timer runs: signals carry no pointer that could be trusted.
std::atomic<CrashGate*> timed_gate{nullptr};

}  // namespace

CrashGate::Entry CrashGate::enter(int thread, std::uintptr_t stack) noexcept {
  // A handler that ours chained to runs below our frame, on the same stack.
  constexpr std::uintptr_t kHandlersStack = 8 * 1024 * 1024;
  Standstill standstill;
  for (;;) {
    int owner = kNobody;
    if (owner_.compare_exchange_strong(owner, thread, std::memory_order_acq_rel)) {
      win();
      return Entry::won;
    }
    const std::uintptr_t handed_on_from = handed_on_from_.load(std::memory_order_acquire);
    if (owner == thread) {
      if (is_in_step_.load(std::memory_order_relaxed)) return Entry::in_step;
      if (handed_on_from == 0) return Entry::between_steps;
      const bool is_below = stack < handed_on_from && handed_on_from - stack < kHandlersStack;
      if (is_below) return Entry::recorded;
      win();  // the handler had jumped away: this is a new crash
      return Entry::won;
    }
    // Longer than the winner may take, so that only a deadline that failed is noticed here.
    if (standstill.lasts(4 * deadline_ns_)) {
      // The handler that was handed a crash may be gone, or may take its time: this one is news.
      if (handed_on_from == 0 || !owner_.compare_exchange_strong(owner, thread)) {
        return Entry::timed_out;
      }
      win();
      return Entry::won;
    }
    base::pause_for_a_millisecond();
  }
}

void CrashGate::skip_step() noexcept {
  is_in_step_.store(false, std::memory_order_relaxed);
  siglongjmp(way_out_, 1);
}

void CrashGate::win() noexcept {
  handed_on_from_.store(0, std::memory_order_release);
  has_expired_.store(false, std::memory_order_relaxed);
  is_timed_.store(true, std::memory_order_relaxed);
  is_foreign_.store(false, std::memory_order_relaxed);
  was_stuck_.store(false, std::memory_order_relaxed);
  ends_at_ = base::monotonic_nanoseconds() + kMostDeadlines * deadline_ns_;
}

std::int64_t CrashGate::give_up_waiting_at() const noexcept {
  const std::int64_t give_up_at = base::monotonic_nanoseconds() + deadline_ns_ / 5 * 4;
  return give_up_at < ends_at_ ? give_up_at : ends_at_;
}

void CrashGate::wait_for_the_end() const noexcept {
  // From chaining to the death by a default action.
  constexpr std::int64_t kDying = 100 * base::kNanosecondsPerMillisecond;
  Standstill standstill;
  for (;;) {
    const int owner = owner_.load(std::memory_order_acquire);
    if (owner == kNobody || owner == ::gettid()) return;
    const bool is_handed_on = handed_on_from_.load(std::memory_order_acquire) != 0;
    const bool is_over = is_handed_on ? base::monotonic_nanoseconds() >
                                            handed_on_at_.load(std::memory_order_relaxed) + kDying
                                      : standstill.lasts(4 * deadline_ns_);
    if (is_over) return;
    base::pause_for_a_millisecond();
  }
}

void CrashGate::chain_from(std::uintptr_t stack) noexcept {
  stop_timer();
  handed_on_at_.store(base::monotonic_nanoseconds(), std::memory_order_relaxed);
  handed_on_from_.store(stack, std::memory_order_release);
}

void CrashGate::reopen() noexcept {
  stop_timer();
  is_in_step_.store(false, std::memory_order_relaxed);
  handed_on_from_.store(0, std::memory_order_relaxed);
  owner_.store(kNobody, std::memory_order_release);
}

// The system calls themselves: glibc's timer_create() may start a thread. The signal goes to this
// thread and interrupts whatever system call the step waits in.
void CrashGate::start_deadline() noexcept {
  timed_gate.store(this, std::memory_order_relaxed);
  struct sigaction action {};
  action.sa_sigaction = on_timer;
  action.sa_flags = kTimerFlags;
  action.sa_mask = handler_mask();
  has_own_timer_action_ = set_action(timer_signal(), &action, &previous_timer_action_) == 0;
  struct sigevent event;
  std::memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = timer_signal();
  event._sigev_un._tid = ::gettid();  // sigevent(7) calls it sigev_notify_thread_id
  if (::syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer_) != 0) timer_ = kNoTimer;
  progress_at_timer_ = progress.load(std::memory_order_relaxed);
  looks_without_progress_ = 0;
  arm_timer(deadline_ns_ / kLooks);
  process::unblock_signal(timer_signal());
}

void CrashGate::arm_timer(std::int64_t nanoseconds) noexcept {
  if (timer_ == kNoTimer) return arm_alarm(nanoseconds);
  struct itimerspec when {};
  when.it_value.tv_sec = nanoseconds / kNanosecondsPerSecond;
  when.it_value.tv_nsec = nanoseconds % kNanosecondsPerSecond;
  ::syscall(SYS_timer_settime, timer_, 0, &when, nullptr);
}

// Where the user may have no more timers (RLIMIT_SIGPENDING): the one that every process has.
void CrashGate::arm_alarm(std::int64_t nanoseconds) noexcept {
  if (!has_alarm_) {
    struct sigaction action {};
    action.sa_sigaction = on_timer;
    action.sa_flags = kTimerFlags;
    action.sa_mask = handler_mask();
    has_alarm_ = set_action(SIGALRM, &action, &previous_alarm_action_) == 0;
  }
  struct itimerval when {};
  when.it_value.tv_sec = nanoseconds / kNanosecondsPerSecond;
  when.it_value.tv_usec = nanoseconds % kNanosecondsPerSecond / 1'000;
  ::setitimer(ITIMER_REAL, &when, nullptr);
  process::unblock_signal(SIGALRM);
}

void CrashGate::stop_timer() noexcept {
  if (timer_ != kNoTimer) ::syscall(SYS_timer_delete, timer_);
  timer_ = kNoTimer;
  if (has_own_timer_action_) set_action(timer_signal(), &previous_timer_action_, nullptr);
  has_own_timer_action_ = false;
  if (has_alarm_) {
    const struct itimerval never {};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    set_action(SIGALRM, &previous_alarm_action_, nullptr);
  }
  has_alarm_ = false;
}

// False if nothing has happened for the deadline, if all the time is over, or if the timer is that
// of a last step.
bool CrashGate::has_more_time() noexcept {
  if (has_expired_.load(std::memory_order_relaxed)) return false;
  const std::uint32_t present = progress.load(std::memory_order_relaxed);
  looks_without_progress_ = present == progress_at_timer_ ? looks_without_progress_ + 1 : 0;
  progress_at_timer_ = present;
  if (looks_without_progress_ == kLooks || base::monotonic_nanoseconds() >= ends_at_) return false;
  arm_timer(deadline_ns_ / kLooks);
  return true;
}

// Then the timer goes on for what comes next.
bool CrashGate::gives_up_foreign_step() noexcept {
  if (!is_foreign_.load(std::memory_order_relaxed) ||
      !is_in_step_.load(std::memory_order_relaxed) || base::monotonic_nanoseconds() >= ends_at_) {
    return false;
  }
  was_stuck_.store(true, std::memory_order_relaxed);
  looks_without_progress_ = 0;
  arm_timer(deadline_ns_ / kLooks);
  return true;
}

void CrashGate::on_timer(int signal, siginfo_t* info, void*) noexcept {
  CrashGate* gate = timed_gate.load(std::memory_order_relaxed);
  if (gate == nullptr) return;
  const int owner = gate->owner_.load(std::memory_order_relaxed);
  if (owner != ::gettid()) {
    // The process's alarm goes to any thread.
    if (signal == SIGALRM) ::syscall(SYS_tgkill, ::getpid(), owner, timer_signal());
    return;
  }
  const bool is_ours = signal == SIGALRM || info->si_code == SI_TIMER ||
                       (info->si_code == SI_TKILL && info->si_pid == ::getpid());
  if (!is_ours) return;
  if (gate->has_more_time()) return;
  if (gate->gives_up_foreign_step()) gate->skip_step();
  gate->has_expired_.store(true, std::memory_order_relaxed);
  if (gate->is_in_step_.load(std::memory_order_relaxed) &&
      gate->is_timed_.load(std::memory_order_relaxed)) {
    gate->skip_step();
  }
}

}  // namespace dblog::crash
