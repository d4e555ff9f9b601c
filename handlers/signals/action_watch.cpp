// Each asks the kernel, and translates what is ours: handlers of termination_signals.cpp are the
// default action for the program, and the default action of a signal that is watched is such a
// handler for the kernel. Where the kernel is told of other flags than the program asked for,
// termination_signals.cpp keeps these. Context: crash time.
#include "handlers/signals/action_watch.hpp"

#include <dlfcn.h>

#include <cerrno>
#include <csignal>

#include "handlers/signals/crash_action.hpp"
#include "handlers/signals/given_up_fault.hpp"
#include "handlers/signals/signal_action.hpp"
#include "handlers/signals/termination_signals.hpp"
#include "src/process/interposition.hpp"

#ifdef DBLOG_SANITIZED  // the sanitizers interpose them themselves
namespace dblog::crash {
const char* signal_action_of_others() noexcept { return "sigaction"; }
}  // namespace dblog::crash
#else

using Handler = void (*)(int);

namespace dblog::crash {
namespace {

using SetHandler = Handler (*)(int, Handler);
SetHandler real_signal = nullptr;

// Before main() and before any other thread: dlsym() takes locks. There is none in a program that
// is linked with -static.
[[gnu::constructor(101)]] void find_real_signal() noexcept {
  if (!process::is_static_program()) {
    real_signal = reinterpret_cast<SetHandler>(::dlsym(RTLD_NEXT, "signal"));
  }
}

int change_action(int signal, const struct sigaction* wanted, struct sigaction* before) noexcept {
  struct sigaction translated {};
  const struct sigaction asked = asked_action(signal);  // before `wanted` takes its place
  if (wanted != nullptr) translated = for_the_kernel(signal, *wanted);
  struct sigaction replaced {};
  const int result = next_sigaction(signal, wanted != nullptr ? &translated : nullptr, &replaced);
  if (result != 0) return result;
  if (wanted != nullptr && wanted->sa_handler == SIG_DFL) {
    remember_fault_of_handler(signal, replaced);
  }
  if (before != nullptr) *before = as_the_program_sees(signal, replaced, asked);
  return result;
}

Handler change_handler(int signal, Handler handler, int flags) noexcept {
  struct sigaction wanted {};
  wanted.sa_handler = handler;
  wanted.sa_flags = flags;
  struct sigaction before {};
  return change_action(signal, &wanted, &before) == 0 ? before.sa_handler : SIG_ERR;
}

}  // namespace
}  // namespace dblog::crash

namespace crash = dblog::crash;

#pragma GCC visibility push(default)
extern "C" {

int sigaction(int signal, const struct sigaction* wanted, struct sigaction* before) noexcept {
  return crash::change_action(signal, wanted, before);
}

// The C library's own knows what siginterrupt() was told. It sets no SA_SIGINFO, which ours and
// those of crash signals have.
Handler signal(int signal, Handler handler) noexcept {
  if (crash::real_signal == nullptr) crash::find_real_signal();
  if (handler == SIG_DFL || crash::is_at_crash_handler(handler) || crash::real_signal == nullptr) {
    return crash::change_handler(signal, handler, SA_RESTART);
  }
  const struct sigaction asked = crash::asked_action(signal);
  struct sigaction seen {};
  seen.sa_handler = crash::real_signal(signal, handler);
  if (seen.sa_handler == SIG_ERR) return SIG_ERR;
  struct sigaction present {};
  if (crash::is_crash_signal(signal) && crash::next_sigaction(signal, nullptr, &present) == 0 &&
      present.sa_handler == handler) {
    crash::change_action(signal, &present, nullptr);
  }
  return crash::as_the_program_sees(signal, seen, asked).sa_handler;
}

// signal() as System V had it.
Handler sysv_signal(int signal, Handler handler) noexcept {
  return crash::change_handler(signal, handler, static_cast<int>(SA_RESETHAND | SA_NODEFER));
}

Handler sigset(int signal, Handler handler) noexcept {
  sigset_t only_this;
  sigset_t mask;
  sigemptyset(&only_this);
  if (sigaddset(&only_this, signal) != 0) return SIG_ERR;
  struct sigaction before {};
  const bool holds = handler == SIG_HOLD;
  if (holds) {
    if (crash::change_action(signal, nullptr, &before) != 0) return SIG_ERR;
  } else {
    before.sa_handler = crash::change_handler(signal, handler, 0);
    if (before.sa_handler == SIG_ERR) return SIG_ERR;
  }
  ::pthread_sigmask(holds ? SIG_BLOCK : SIG_UNBLOCK, &only_this, &mask);
  return sigismember(&mask, signal) == 1 ? SIG_HOLD : before.sa_handler;
}

[[gnu::alias("signal")]] Handler bsd_signal(int, Handler) noexcept;
[[gnu::alias("signal")]] Handler ssignal(int, Handler) noexcept;
[[gnu::alias("sysv_signal")]] Handler __sysv_signal(int, Handler) noexcept;

}  // extern "C"
#pragma GCC visibility pop

namespace dblog::crash {

const char* signal_action_of_others() noexcept {
  return process::first_of_others(
      {"sigaction", "signal", "bsd_signal", "ssignal", "sysv_signal", "__sysv_signal", "sigset"});
}

}  // namespace dblog::crash
#endif
