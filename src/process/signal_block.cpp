// Context: crash time.
#include "src/process/signal_block.hpp"

#include <pthread.h>
#include <time.h>

#include <cerrno>

namespace dblog::process {
namespace {

constexpr int kFaults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
constexpr int kRaisedByWrites[] = {SIGPIPE, SIGXFSZ};

}  // namespace

sigset_t all_but_faults() noexcept {
  sigset_t set;
  sigfillset(&set);
  for (const int signal : kFaults) sigdelset(&set, signal);
  return set;
}

void block_all_but_faults() noexcept {
  const sigset_t blocked = all_but_faults();
  ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
}

void unblock_signal(int signal) noexcept {
  const sigset_t only_this = signal_set(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only_this, nullptr);
}

ScopedSignalBlock::ScopedSignalBlock(const sigset_t& blocked, WriteSignals raised) noexcept {
  if (raised == WriteSignals::taken_back) {
    sigset_t pending = signal_set();
    ::sigpending(&pending);
    for (const int signal : kRaisedByWrites) {
      const bool is_new = sigismember(&blocked, signal) == 1 && sigismember(&pending, signal) == 0;
      if (is_new) sigaddset(&taken_back_, signal);
    }
  }
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before_);
}

ScopedSignalBlock::~ScopedSignalBlock() {
  for (const int signal : kRaisedByWrites) {
    if (sigismember(&taken_back_, signal) == 0) continue;
    const sigset_t only_this = signal_set(signal);
    const timespec at_once{};
    while (::sigtimedwait(&only_this, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void CancellationOff::begin() noexcept {
  ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &previous_);
}

void CancellationOff::end() noexcept { ::pthread_setcancelstate(previous_, nullptr); }

}  // namespace dblog::process
