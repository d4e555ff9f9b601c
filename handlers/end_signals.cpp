// Context: set-up, but for the two handlers (handler only).
#include "handlers/end_signals.hpp"

#include <csignal>

#include "handlers/black_box.hpp"
#include "handlers/hand_on.hpp"

namespace dblog::crash {
namespace {

using Handler = void (*)(int, siginfo_t*, void*);

struct sigaction default_action() noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  return action;
}

void on_end_signal(int signal, siginfo_t* info, void* interrupted) noexcept {
  remove_black_box();
  hand_on(signal, info, interrupted, default_action());
}

void on_fatal_signal(int signal, siginfo_t* info, void* interrupted) noexcept {
  mark_black_box_killed_by(signal);
  hand_on(signal, info, interrupted, default_action());
}

struct WatchedSignal {
  int signal;
  Handler handler;
};

// Those by which programs are asked to end, and those that kill programs that do not handle them.
constexpr WatchedSignal kWatchedSignals[] = {
    {SIGTERM, on_end_signal},   {SIGINT, on_end_signal},      {SIGHUP, on_end_signal},
    {SIGPIPE, on_fatal_signal}, {SIGALRM, on_fatal_signal},   {SIGQUIT, on_fatal_signal},
    {SIGUSR1, on_fatal_signal}, {SIGUSR2, on_fatal_signal},   {SIGXCPU, on_fatal_signal},
    {SIGXFSZ, on_fatal_signal}, {SIGVTALRM, on_fatal_signal}, {SIGPROF, on_fatal_signal},
};

bool is_present(int signal, const struct sigaction& wanted) noexcept {
  struct sigaction present {};
  if (::sigaction(signal, nullptr, &present) != 0) return false;
  const bool has_info = (wanted.sa_flags & SA_SIGINFO) != 0;
  if (((present.sa_flags & SA_SIGINFO) != 0) != has_info) return false;
  return has_info ? present.sa_sigaction == wanted.sa_sigaction
                  : present.sa_handler == wanted.sa_handler;
}

// Puts `after` in force where `before` is.
void replace(int signal, const struct sigaction& before, const struct sigaction& after) noexcept {
  if (is_present(signal, before)) ::sigaction(signal, &after, nullptr);
}

struct sigaction own_action(Handler handler) noexcept {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  return action;
}

}  // namespace

void watch_end_signals() noexcept {
  for (const WatchedSignal& watched : kWatchedSignals) {
    replace(watched.signal, default_action(), own_action(watched.handler));
  }
}

void stop_watching_end_signals() noexcept {
  for (const WatchedSignal& watched : kWatchedSignals) {
    replace(watched.signal, own_action(watched.handler), default_action());
  }
}

}  // namespace dblog::crash
