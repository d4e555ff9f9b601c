// Context: handler only, but for install_handlers() and remove_handlers() (set-up).
#include "handlers/crash_handler.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <exception>

#include "handlers/abort_message.hpp"
#include "handlers/black_box.hpp"
#include "handlers/crash_connection.hpp"
#include "handlers/crash_gate.hpp"
#include "handlers/crash_recorder.hpp"
#include "handlers/end_signals.hpp"
#include "handlers/exec_watch.hpp"
#include "handlers/hand_on.hpp"
#include "handlers/module_lookup.hpp"
#include "handlers/stack_capture.hpp"
#include "handlers/terminate_reason.hpp"
#include "handlers/thread_signal_stack.hpp"

namespace dblog::crash {
namespace {

// What install_handlers() sets and handlers read. Written before is_installed is.
HandlerSetup setup;
struct sigaction previous_actions[NSIG];
std::terminate_handler previous_terminate = nullptr;
std::atomic<bool> is_installed{false};
std::atomic<int> owner_process{0};

CrashGate gate;
// Whether somebody outside sent this while our own thread is in a step: not our doing, and the
// process is dying anyway.
bool is_sent_by_others(const siginfo_t& info) noexcept {
  return info.si_code <= 0 && info.si_pid != ::getpid();
}

// A pending pthread_cancel() would unwind out of the handler at the first write or sleep. Only a
// flag of the thread in glibc, though POSIX does not list it as async-signal-safe.
class CancellationOff {
 public:
  CancellationOff() noexcept { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &previous_); }
  ~CancellationOff() { ::pthread_setcancelstate(previous_, nullptr); }
  CancellationOff(const CancellationOff&) = delete;
  CancellationOff& operator=(const CancellationOff&) = delete;

 private:
  int previous_ = PTHREAD_CANCEL_ENABLE;
};

void on_signal(int signal, siginfo_t* info, void* interrupted) noexcept {
  const int saved_errno = errno;
  const CancellationOff no_cancellation;
  const struct sigaction& previous = previous_actions[signal];
  const bool is_ignored = previous.sa_handler == SIG_IGN && info->si_code <= 0 &&
                          (previous.sa_flags & SA_SIGINFO) == 0 && signal != SIGABRT;
  // A child made by vfork() or clone() shares our memory: it must not touch the parent's record.
  const bool is_ours = owner_process.load(std::memory_order_relaxed) == ::getpid();
  if (is_ignored) return;
  if (!is_ours) {
    hand_on(signal, info, interrupted, previous);
    return;
  }
  switch (gate.enter(::gettid())) {
    case CrashGate::Entry::in_step:
      if (is_sent_by_others(*info)) return;
      gate.skip_step();
    case CrashGate::Entry::won:
      record_signal(gate, *info, interrupted);
      errno = saved_errno;
      if (hand_on(signal, info, interrupted, previous)) {
        forget_record();
        gate.reopen();
      } else {
        remove_committed_box();
      }
      return;
    case CrashGate::Entry::recorded:
    case CrashGate::Entry::timed_out:
      errno = saved_errno;
      if (!hand_on(signal, info, interrupted, previous)) remove_committed_box();
      return;
  }
}

[[noreturn]] void on_terminate() noexcept {
  const void* start_address = __builtin_return_address(0);
  const CancellationOff no_cancellation;
  if (owner_process.load(std::memory_order_relaxed) == ::getpid()) {
    switch (gate.enter(::gettid())) {
      case CrashGate::Entry::in_step:
        gate.skip_step();
      case CrashGate::Entry::won:
        record_terminate(gate, start_address);
        break;
      case CrashGate::Entry::recorded:
      case CrashGate::Entry::timed_out:
        break;
    }
  }
  // The runtime's own handler says what() on stderr and aborts; the gate lets that SIGABRT pass.
  if (previous_terminate != nullptr) previous_terminate();
  ::abort();
}

struct sigaction own_action() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  action.sa_mask = CrashGate::blocked_signals();
  return action;
}

bool is_own(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_signal;
}

// The very last of what runs at exit(), so that crashes of other exit functions are recorded.
[[gnu::destructor(101)]] void on_exit_of_program() noexcept { remove_black_box(); }

void remove_black_box_at_quick_exit() { remove_black_box(); }

void notice_fork() noexcept {
  leave_crash_connection_to_parent();
  leave_black_box_to_parent();
  owner_process.store(::getpid(), std::memory_order_relaxed);
}

}  // namespace

HandlerOutcome install_handlers(const HandlerSetup& wanted) noexcept {
  HandlerOutcome outcome;
  setup = wanted;
  set_process_facts(setup.facts);
  set_program_path(setup.facts.executable);
  gate.set_deadline(setup.deadline_nanoseconds);
  find_abort_message();
  find_runtime_functions();
  warm_up_unwinder();
  outcome.box_error = open_black_box(setup.facts);
  outcome.stack_error = give_this_thread_a_signal_stack();
  outcome.new_threads_have_stacks = new_threads_get_signal_stacks();
  owner_process.store(::getpid(), std::memory_order_relaxed);
  static const int fork_error = ::pthread_atfork(nullptr, nullptr, notice_fork);
  (void)fork_error;
  static const int quick_exit_error = ::at_quick_exit(remove_black_box_at_quick_exit);
  (void)quick_exit_error;
  is_installed.store(true, std::memory_order_release);

  const struct sigaction action = own_action();
  for (std::size_t i = 0; i < setup.signal_count; ++i) {
    const int signal = setup.signals[i];
    // Asked for first, so that a crash between the two calls finds it.
    if (::sigaction(signal, nullptr, &previous_actions[signal]) != 0 ||
        ::sigaction(signal, &action, nullptr) != 0) {
      outcome.signal_errors[i] = errno;
    }
  }
  watch_end_signals();
  watch_exec();
  if (setup.terminate) previous_terminate = std::set_terminate(on_terminate);
  return outcome;
}

void remove_handlers() noexcept {
  if (!is_installed.exchange(false)) return;
  for (std::size_t i = 0; i < setup.signal_count; ++i) {
    const int signal = setup.signals[i];
    struct sigaction present {};
    if (::sigaction(signal, nullptr, &present) == 0 && is_own(present)) {
      ::sigaction(signal, &previous_actions[signal], nullptr);
    }
  }
  if (setup.terminate && std::get_terminate() == on_terminate) {
    std::set_terminate(previous_terminate);
  }
  stop_watching_end_signals();
  close_black_box();
}

}  // namespace dblog::crash
