// A handler that does no more than signal-safety(7) allows: a flag, an eventfd(2), an alarm(2).
#include "tools/dblog/stop_signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "src/sqlite/retry_backoff.hpp"

namespace dblog::tool {
namespace {

constexpr std::array kStopSignals{SIGTERM, SIGINT, SIGHUP};
// Longer than a claimed message may take to end (outbox::DeliveryOptions::grace).
constexpr unsigned kSecondsToInterrupt = 4;
constexpr unsigned kSecondsToEnd = 1;

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

// As nohup(1) and a shell's jobs in the background want it.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void StopSignals::accept() {
  set_handler(SIGTERM, SIG_DFL);
  set_handler(SIGALRM, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGALRM);
  for (const int signal : kStopSignals) ::sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void StopSignals::listen() {
  has_come_ = false;
  descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  is_listening_ = true;
  for (const int signal : kStopSignals) {
    if (!is_ignored(signal)) set_handler(signal, &StopSignals::remember);
  }
}

StopSignals::~StopSignals() {
  if (!is_listening_) return;
  for (const int signal : kStopSignals) {
    if (!is_ignored(signal)) set_handler(signal, SIG_DFL);
  }
  if (have_come()) {
    ::alarm(0);
    set_handler(SIGALRM, SIG_DFL);
    sqlite::work_is_stopped = false;
  }
  if (const int descriptor = descriptor_.exchange(-1); descriptor >= 0) ::close(descriptor);
}

// Later signals do not put the end off.
void StopSignals::remember(int /*signal*/) noexcept {
  const int before = errno;
  if (!has_come_.exchange(true)) {
    set_handler(SIGALRM, &StopSignals::interrupt);
    ::alarm(kSecondsToInterrupt);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor_.load(), &one, sizeof one);
  errno = before;
}

void StopSignals::interrupt(int /*signal*/) noexcept {
  sqlite::work_is_stopped = true;
  set_handler(SIGALRM, SIG_DFL);
  ::alarm(kSecondsToEnd);
}

bool StopSignals::wait(std::chrono::milliseconds limit, int descriptor) const {
  std::array<pollfd, 2> sources = {{{descriptor_.load(), POLLIN, 0}, {descriptor, POLLIN, 0}}};
  const auto most = std::chrono::milliseconds{std::numeric_limits<int>::max()};
  ::poll(sources.data(), sources.size(),
         static_cast<int>(std::clamp(limit, std::chrono::milliseconds{0}, most).count()));
  return have_come();
}

}  // namespace dblog::tool
