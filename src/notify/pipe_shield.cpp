// SIGPIPE is directed at the writing thread, so masking it there does.
#include "src/notify/pipe_shield.hpp"

#include <pthread.h>

#include <cerrno>
#include <ctime>

namespace dblog::notify {
namespace {

sigset_t only_sigpipe() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

PipeShield::PipeShield() noexcept {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  const sigset_t set = only_sigpipe();
  pthread_sigmask(SIG_BLOCK, &set, &mask_before_);
}

PipeShield::~PipeShield() {
  constexpr timespec kNoWait{0, 0};
  const sigset_t set = only_sigpipe();
  while (!was_pending_ && sigtimedwait(&set, nullptr, &kNoWait) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace dblog::notify
