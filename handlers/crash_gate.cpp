// Context: handler only.
#include "handlers/crash_gate.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "handlers/monotonic_clock.hpp"

namespace dblog::crash {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

}  // namespace

CrashGate::Entry CrashGate::enter(int thread) noexcept {
  // Longer than the winner may take, so that only a deadline that failed is noticed here.
  const std::int64_t give_up_at = monotonic_nanoseconds() + 4 * deadline_ns_;
  for (;;) {
    int owner = kNobody;
    if (owner_.compare_exchange_strong(owner, thread, std::memory_order_acq_rel)) {
      has_expired_.store(false, std::memory_order_relaxed);
      give_up_waiting_at_ = monotonic_nanoseconds() + deadline_ns_ / 5 * 4;
      start_timer(thread);
      return Entry::won;
    }
    if (owner == thread) {
      return is_in_step_.load(std::memory_order_relaxed) ? Entry::in_step : Entry::recorded;
    }
    if (monotonic_nanoseconds() > give_up_at) return Entry::timed_out;
    pause_for_a_millisecond();
  }
}

void CrashGate::reopen() noexcept {
  stop_timer();
  owner_.store(kNobody, std::memory_order_release);
}

sigset_t CrashGate::blocked_signals() noexcept {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    sigdelset(&blocked, crash);
  }
  sigdelset(&blocked, timer_signal());
  return blocked;
}

// The system calls themselves: glibc's timer_create() may start a thread. The signal goes to this
// thread and carries the gate's address; it interrupts whatever system call the step waits in.
void CrashGate::start_timer(int thread) noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_timer;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_mask = blocked_signals();
  if (::sigaction(timer_signal(), &action, &previous_timer_action_) != 0) return;
  struct sigevent event;
  std::memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = timer_signal();
  event.sigev_value.sival_ptr = this;
  event._sigev_un._tid = thread;  // sigevent(7) calls it sigev_notify_thread_id
  if (::syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer_) != 0) {
    timer_ = -1;
    return;
  }
  struct itimerspec when {};
  when.it_value.tv_sec = deadline_ns_ / kNanosecondsPerSecond;
  when.it_value.tv_nsec = deadline_ns_ % kNanosecondsPerSecond;
  ::syscall(SYS_timer_settime, timer_, 0, &when, nullptr);
  // The terminate handler runs with whatever mask the program has.
  sigset_t timer_only;
  sigemptyset(&timer_only);
  sigaddset(&timer_only, timer_signal());
  ::pthread_sigmask(SIG_UNBLOCK, &timer_only, nullptr);
}

void CrashGate::stop_timer() noexcept {
  if (timer_ < 0) return;
  ::syscall(SYS_timer_delete, timer_);
  timer_ = -1;
  ::sigaction(timer_signal(), &previous_timer_action_, nullptr);
}

void CrashGate::on_timer(int, siginfo_t* info, void*) noexcept {
  if (info->si_code != SI_TIMER) return;
  auto& gate = *static_cast<CrashGate*>(info->si_value.sival_ptr);
  gate.has_expired_.store(true, std::memory_order_relaxed);
  if (gate.is_in_step_.load(std::memory_order_relaxed)) gate.skip_step();
}

}  // namespace dblog::crash
