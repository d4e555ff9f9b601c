// Signals that a write() raises are directed at the writing thread, so masking them there does.
#include "src/api/thread_shield.hpp"

#include <pthread.h>

#include <cerrno>
#include <ctime>
#include <initializer_list>

namespace dblog {
namespace {

sigset_t set_of(std::initializer_list<int> signals) noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

ThreadShield::ThreadShield() noexcept {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_before_);
  sigemptyset(&pending_before_);
  sigpending(&pending_before_);
  const sigset_t write_signals = set_of({SIGXFSZ, SIGPIPE});
  pthread_sigmask(SIG_BLOCK, &write_signals, &mask_before_);
}

ThreadShield::~ThreadShield() {
  // Takes back what our writes raised; what was pending before is the program's.
  constexpr timespec kNoWait{0, 0};
  for (const int signal : {SIGXFSZ, SIGPIPE}) {
    if (sigismember(&pending_before_, signal) == 1) continue;
    const sigset_t one = set_of({signal});
    while (sigtimedwait(&one, nullptr, &kNoWait) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  pthread_setcancelstate(cancel_state_before_, nullptr);
}

}  // namespace dblog
