// Context: set-up, but for on_end_signal() (handler only).
#include "handlers/end_signals.hpp"

#include <csignal>

#include "handlers/black_box.hpp"
#include "handlers/hand_on.hpp"

namespace dblog::crash {
namespace {

constexpr int kEndSignals[] = {SIGTERM, SIGINT, SIGHUP};

struct sigaction default_action() noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  return action;
}

void on_end_signal(int signal, siginfo_t* info, void* interrupted) noexcept {
  remove_black_box();
  hand_on(signal, info, interrupted, default_action());
}

bool is_present(int signal, const struct sigaction& wanted) noexcept {
  struct sigaction present {};
  if (::sigaction(signal, nullptr, &present) != 0) return false;
  const bool has_info = (wanted.sa_flags & SA_SIGINFO) != 0;
  if (((present.sa_flags & SA_SIGINFO) != 0) != has_info) return false;
  return has_info ? present.sa_sigaction == wanted.sa_sigaction
                  : present.sa_handler == wanted.sa_handler;
}

// Puts `after` in force where `before` is.
void replace(const struct sigaction& before, const struct sigaction& after) noexcept {
  for (const int signal : kEndSignals) {
    if (is_present(signal, before)) ::sigaction(signal, &after, nullptr);
  }
}

struct sigaction own_action() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_end_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  return action;
}

}  // namespace

void watch_end_signals() noexcept { replace(default_action(), own_action()); }

void stop_watching_end_signals() noexcept { replace(own_action(), default_action()); }

}  // namespace dblog::crash
