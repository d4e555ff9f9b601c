// What must not come between while a crash is recorded: cancellation, and signals of the program's.
// Context: handler only.
#pragma once

#include <pthread.h>
#include <time.h>

#include <csignal>

#include "handlers/crash_gate.hpp"

namespace dblog::crash {

// A pending pthread_cancel() would unwind out of the handler at the first write or sleep. Only a
// flag of the thread in glibc, though POSIX does not list it as async-signal-safe.
class CancellationOff {
 public:
  CancellationOff() noexcept { begin(); }
  ~CancellationOff() { end(); }
  CancellationOff(const CancellationOff&) = delete;
  CancellationOff& operator=(const CancellationOff&) = delete;

  void begin() noexcept { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &previous_); }
  /// Before a handler of the program's is called: it may jump away.
  void end() noexcept { ::pthread_setcancelstate(previous_, nullptr); }

 private:
  int previous_ = PTHREAD_CANCEL_ENABLE;
};

// The terminate handler runs with the program's mask. While it records, a signal of the program's
// must not interrupt it, and what its own writes raise must not kill the process.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    const sigset_t blocked = CrashGate::blocked_signals();
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  ~SignalsBlocked() {
    sigset_t raised_by_writes;
    sigemptyset(&raised_by_writes);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      if (sigismember(&before_, signal) == 0) sigaddset(&raised_by_writes, signal);
    }
    const timespec at_once{};
    while (::sigtimedwait(&raised_by_writes, nullptr, &at_once) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace dblog::crash
