// Context: handler only, except for what is about setting up.
#include "handlers/signals/program_action.hpp"

#include <ucontext.h>

#include <atomic>
#include <cerrno>

#include "handlers/signals/crash_action.hpp"
#include "handlers/signals/signal_action.hpp"

namespace dblog::crash {
namespace {

struct sigaction previous_actions[NSIG];
std::atomic<bool> used_up[NSIG];
std::atomic<bool> are_defaults_visible{false};

}  // namespace

// Asked for first, so that a crash between the two calls finds it.
int take_over(int signal) noexcept {
  struct sigaction& previous = previous_actions[signal];
  used_up[signal] = false;
  if (set_action(signal, nullptr, &previous) != 0) return errno;
  const bool is_unseen =
      are_defaults_visible && !is_function(previous) && previous.sa_handler == SIG_DFL;
  const struct sigaction ours = is_unseen ? crash_action_by_default() : crash_action();
  if (set_action(signal, &ours, nullptr) != 0) return errno;
  watch_crash_signal(signal, true);
  return 0;
}

void keep_default_actions_visible() noexcept { are_defaults_visible = true; }

void give_back(int signal) noexcept {
  watch_crash_signal(signal, false);
  const struct sigaction previous = program_action(signal, Stands::for_previous);
  const struct sigaction by_default = default_action();
  if (is_in_force(signal, crash_action())) set_action(signal, &previous, nullptr);
  if (is_in_force(signal, crash_action_by_default())) set_action(signal, &by_default, nullptr);
}

struct sigaction program_action(int signal, Stands stands) noexcept {
  const bool is_default = stands == Stands::for_default || is_used_up(signal);
  return is_default ? default_action() : previous_actions[signal];
}

bool is_ignored(const struct sigaction& action, const siginfo_t& info) noexcept {
  return !is_function(action) && action.sa_handler == SIG_IGN && info.si_code <= 0 &&
         info.si_signo != SIGABRT;
}

struct sigaction take_program_action(int signal, Stands stands) noexcept {
  if (stands == Stands::for_default) return default_action();
  const struct sigaction& previous = previous_actions[signal];
  const bool is_one_shot =
      is_function(previous) && (static_cast<unsigned>(previous.sa_flags) & SA_RESETHAND) != 0;
  return is_one_shot && used_up[signal].exchange(true) ? default_action() : previous;
}

const struct sigaction* take_program_handler(int signal, Stands stands) noexcept {
  const struct sigaction& previous = previous_actions[signal];
  if (stands == Stands::for_default || !is_function(previous)) return nullptr;
  const bool is_one_shot = (static_cast<unsigned>(previous.sa_flags) & SA_RESETHAND) != 0;
  return is_one_shot && used_up[signal].exchange(true) ? nullptr : &previous;
}

bool is_used_up(int signal) noexcept { return used_up[signal].load(std::memory_order_relaxed); }

bool is_pending_death(int signal, const void* interrupted) noexcept {
  sigset_t pending;
  const ucontext_t& context = *static_cast<const ucontext_t*>(interrupted);
  return sigismember(&context.uc_sigmask, signal) == 0 && ::sigpending(&pending) == 0 &&
         sigismember(&pending, signal) == 1 &&
         (is_used_up(signal) || is_in_force(signal, crash_action_by_default()));
}

}  // namespace dblog::crash
