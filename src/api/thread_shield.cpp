#include "src/api/thread_shield.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <cerrno>
#include <ctime>

namespace dblog {
namespace {

constexpr timespec kNoWait{0, 0};

void take_back(int signal) noexcept {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  while (sigtimedwait(&one, nullptr, &kNoWait) < 0 && errno == EINTR) {
  }
}

// Without a limit no file is over it: three system calls less in each push.
bool has_file_size_limit() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

BlockedSignals::BlockedSignals(std::initializer_list<int> signals) noexcept {
  sigemptyset(&blocked_);
  for (const int signal : signals) sigaddset(&blocked_, signal);
  sigemptyset(&pending_before_);
  sigpending(&pending_before_);
  pthread_sigmask(SIG_BLOCK, &blocked_, &mask_before_);
}

BlockedSignals::~BlockedSignals() {
  // What was pending before is the program's.
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    if (sigismember(&blocked_, signal) == 1 && sigismember(&pending_before_, signal) == 0) {
      take_back(signal);
    }
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

ThreadShield::ThreadShield() noexcept {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_before_);
  if (has_file_size_limit()) file_size_signal_.emplace(std::initializer_list<int>{SIGXFSZ});
}

ThreadShield::~ThreadShield() {
  file_size_signal_.reset();
  pthread_setcancelstate(cancel_state_before_, nullptr);
  errno = errno_before_;
}

}  // namespace dblog
