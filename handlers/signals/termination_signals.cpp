// Context: setup, except for the handlers (handler only) and the translations (crash time).
#include "handlers/signals/termination_signals.hpp"

#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "handlers/record/black_box.hpp"
#include "handlers/signals/action_watch.hpp"
#include "handlers/signals/chain_to_previous.hpp"
#include "handlers/signals/crash_action.hpp"
#include "handlers/signals/given_up_fault.hpp"
#include "handlers/signals/signal_action.hpp"
#include "handlers/signals/thread_pointer.hpp"

namespace dblog::crash {
namespace {

using Handler = void (*)(int, siginfo_t*, void*);

std::atomic<bool> is_watching{false};
std::atomic<void (*)() noexcept> at_end_signal{nullptr};

__attribute__((no_stack_protector)) void on_end_signal(int signal, siginfo_t* info,
                                                       void*) noexcept {
  const OwnThreadPointer own;
  if (auto* const hook = at_end_signal.load()) hook();
  die_of(signal, info);
}

__attribute__((no_stack_protector)) void on_fatal_signal(int signal, siginfo_t* info,
                                                         void*) noexcept {
  const OwnThreadPointer own;
  mark_black_box_killed_by(signal);
  die_of(signal, info);
}

// Those by which programs are asked to end, and those that kill programs that do not handle them;
// null: another signal.
Handler own_handler(int signal) noexcept {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
      return on_end_signal;
    case SIGPIPE:
    case SIGALRM:
    case SIGQUIT:
    case SIGUSR1:
    case SIGUSR2:
    case SIGXCPU:
    case SIGXFSZ:
    case SIGVTALRM:
    case SIGPROF:
      return on_fatal_signal;
    default:
      return nullptr;
  }
}

struct sigaction own_action(Handler handler) noexcept {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  return action;
}

bool may_be_stood_in_for(int signal) noexcept {
  return is_crash_signal(signal) || own_handler(signal) != nullptr;
}

// What the kernel has where the program has the default action; that itself where it is left alone.
struct sigaction stand_in_for_default(int signal) noexcept {
  const Handler own = own_handler(signal);
  if (own != nullptr) {
    return is_watching.load(std::memory_order_relaxed) ? own_action(own) : default_action();
  }
  return is_crash_signal(signal) ? crash_action_by_default() : default_action();
}

// The handler that the program asked for last. The kernel is told otherwise: a handler that it
// would take away when it calls it (SA_RESETHAND) is called by ours, as the default action that
// follows is to be ours too; and that of a crash signal always has SA_SIGINFO, without which the
// kernel does not put down what happened (the registers of the arguments are set either way).
struct AskedHandler {
  std::atomic<void*> handler{nullptr};
  std::atomic<int> flags{0};
};
AskedHandler asked_handlers[NSIG];
constexpr int kFlagsOfOurs = SA_SIGINFO | static_cast<int>(SA_RESETHAND);

// Whose turn it is: the handler's once, then what stands in for the default action.
struct sigaction take_one_shot(int signal, const siginfo_t& info,
                               const void* interrupted) noexcept {
  AskedHandler& asked = asked_handlers[signal];
  void* const handler = asked.handler.exchange(nullptr);
  struct sigaction taken =
      for_the_kernel(signal, default_action());  // what a second such signal meets already
  set_action(signal, &taken, nullptr);
  if (is_crash_signal(signal)) remember_fault(info, *static_cast<const ucontext_t*>(interrupted));
  if (handler != nullptr) {
    taken.sa_handler = reinterpret_cast<void (*)(int)>(handler);
    taken.sa_flags = asked.flags.load();
  }
  return taken;
}

// The handler may be an emulator's: it finds the guest's thread pointer, and may leave its own.
__attribute__((no_stack_protector)) void on_one_shot(int signal, siginfo_t* info,
                                                     void* interrupted) {
  struct sigaction taken;
  {
    const OwnThreadPointer own;
    taken = take_one_shot(signal, *info, interrupted);
  }
  if ((taken.sa_flags & SA_SIGINFO) != 0) {
    taken.sa_sigaction(signal, info, interrupted);
  } else if (taken.sa_handler != SIG_DFL) {
    taken.sa_handler(signal);
  }
}

bool is_handler(const struct sigaction& action, Handler handler) noexcept {
  // Either member: signal() gives back no flags.
  return reinterpret_cast<void*>(action.sa_handler) == reinterpret_cast<void*>(handler);
}

struct sigaction handler_for_the_kernel(int signal, const struct sigaction& wanted) noexcept {
  AskedHandler& asked = asked_handlers[signal];
  asked.flags.store(wanted.sa_flags);
  asked.handler.store(reinterpret_cast<void*>(wanted.sa_handler));
  struct sigaction translated = wanted;
  const bool is_one_shot = (static_cast<unsigned>(wanted.sa_flags) & SA_RESETHAND) != 0;
  if (is_one_shot) {
    translated.sa_sigaction = on_one_shot;
    translated.sa_flags &= ~static_cast<int>(SA_RESETHAND);
  }
  if (is_one_shot || is_crash_signal(signal)) translated.sa_flags |= SA_SIGINFO;
  return translated;
}

}  // namespace

void watch_termination_signals(void (*at_end)() noexcept) noexcept {
  at_end_signal.store(at_end);
  if (signal_action_of_others() != nullptr || ::getpid() == 1) return;
  is_watching.store(true);
  for (int signal = 1; signal < NSIG; ++signal) {
    if (own_handler(signal) == nullptr || !is_in_force(signal, default_action())) continue;
    const struct sigaction ours = own_action(own_handler(signal));
    set_action(signal, &ours, nullptr);
  }
}

void stop_watching_termination_signals() noexcept {
  if (!is_watching.exchange(false)) return;
  const struct sigaction by_default = default_action();
  for (int signal = 1; signal < NSIG; ++signal) {
    const Handler handler = own_handler(signal);
    if (handler != nullptr && is_in_force(signal, own_action(handler))) {
      set_action(signal, &by_default, nullptr);
    }
  }
}

struct sigaction for_the_kernel(int signal, const struct sigaction& wanted) noexcept {
  if (is_at_crash_handler(wanted.sa_handler)) return crash_action();
  const struct sigaction by_default = stand_in_for_default(signal);
  if (!is_function(by_default) || wanted.sa_handler == SIG_IGN) return wanted;
  return wanted.sa_handler == SIG_DFL ? by_default : handler_for_the_kernel(signal, wanted);
}

struct sigaction asked_action(int signal) noexcept {
  struct sigaction action {};
  if (!may_be_stood_in_for(signal)) return action;
  action.sa_handler = reinterpret_cast<void (*)(int)>(asked_handlers[signal].handler.load());
  action.sa_flags = asked_handlers[signal].flags.load();
  return action;
}

struct sigaction as_the_program_sees(int signal, const struct sigaction& present,
                                     const struct sigaction& asked) noexcept {
  struct sigaction seen = present;
  // A handler that calls ours from above calls it once for each crash, and then does what it would
  // have done without us: so a Java VM writes its own report after our row (finish_signal() has the
  // rest).
  if (is_crash_handler(present)) seen.sa_flags |= static_cast<int>(SA_RESETHAND);
  if (!may_be_stood_in_for(signal)) return seen;
  if (is_handler(present, own_handler(signal)) ||
      is_handler(present, crash_action_by_default().sa_sigaction)) {
    return default_action();
  }
  const bool is_one_shot = is_handler(present, on_one_shot);
  if (is_one_shot) seen.sa_handler = asked.sa_handler;
  if (is_one_shot || (is_crash_signal(signal) && seen.sa_handler == asked.sa_handler)) {
    seen.sa_flags = (present.sa_flags & ~kFlagsOfOurs) | (asked.sa_flags & kFlagsOfOurs);
  }
  return seen;
}

}  // namespace dblog::crash
