// signalfd(2).
#include "tools/dblog/stop_signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace dblog::tool {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

// A signal that has come has done its work and must not end the process now.
StopSignals::~StopSignals() {
  if (descriptor_ < 0) return;
  signalfd_siginfo seen;
  while (::read(descriptor_, &seen, sizeof seen) > 0) {
  }
  ::close(descriptor_);
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool StopSignals::have_come() const {
  pollfd source{descriptor_, POLLIN, 0};
  return descriptor_ >= 0 && ::poll(&source, 1, 0) > 0;
}

}  // namespace dblog::tool
