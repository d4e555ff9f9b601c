// Context: handler only, but for install_handlers() and remove_handlers() (set-up).
#include "handlers/crash_handler.hpp"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <exception>

#include "handlers/abort_message.hpp"
#include "handlers/black_box.hpp"
#include "handlers/chain_first.hpp"
#include "handlers/code_position.hpp"
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
#include "handlers/thread_stacks.hpp"
#include "handlers/throw_sites.hpp"

namespace dblog::crash {
namespace {

// What install_handlers() sets and handlers read. Written before is_installed is.
HandlerSetup setup;
struct sigaction previous_actions[NSIG];
std::terminate_handler previous_terminate = nullptr;
std::atomic<bool> is_installed{false};
std::atomic<int> owner_process{0};

CrashGate gate;

// What a step does to its own thread: faults, and abort(). Signals that are merely sent, by
// whomever, are not its doing, and the process is dying anyway.
bool is_own_doing(const siginfo_t& info) noexcept {
  return info.si_code > 0 || (info.si_signo == SIGABRT && info.si_pid == ::getpid());
}

// Back to the step, which goes on without being disturbed by that signal again: whoever sends it in
// a loop would fill the signal stack.
void ignore_from_now_on(int signal, void* interrupted) noexcept {
  sigaddset(&static_cast<ucontext_t*>(interrupted)->uc_sigmask, signal);
}

// A fault that a handler claims to have repaired, and that comes again as it was: recorded once.
class RepeatedFault {
 public:
  bool is_same_as_last(const siginfo_t& info, std::uintptr_t program_counter) noexcept {
    const bool is_same = info.si_code > 0 && info.si_signo == signal_ &&
                         program_counter == program_counter_ && info.si_addr == address_;
    signal_ = info.si_signo;
    program_counter_ = program_counter;
    address_ = info.si_addr;
    return is_same;
  }

 private:
  int signal_ = 0;
  std::uintptr_t program_counter_ = 0;
  void* address_ = nullptr;
};
RepeatedFault last_rescued;

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

void on_signal(int signal, siginfo_t* info, void* interrupted);

bool is_own(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_signal;
}

// From the record to whoever was there before. Not noexcept: that may be a handler that ends its
// thread, which unwinds through here.
void finish_signal(int signal, siginfo_t* info, void* interrupted) {
  gate.hand_on_from(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
  if (hand_on(signal, info, interrupted, previous_actions[signal])) {
    if (is_captured(signal)) mark_crash_survived();
    gate.reopen();
  } else {
    remove_committed_box();
  }
}

void die_of_recorded(int signal, siginfo_t* info) noexcept {
  gate.hand_on_from(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
  die_of(signal, info);
  remove_committed_box();
}

void on_signal(int signal, siginfo_t* info, void* interrupted) {
  const int saved_errno = errno;
  const CancellationOff no_cancellation;
  const struct sigaction& previous = previous_actions[signal];
  const bool is_ignored = previous.sa_handler == SIG_IGN && info->si_code <= 0 &&
                          (previous.sa_flags & SA_SIGINFO) == 0 && signal != SIGABRT;
  if (is_ignored) return;
  // A child made by vfork() or clone() shares our memory: it must not touch the parent's record.
  if (owner_process.load(std::memory_order_relaxed) != ::getpid()) {
    hand_on(signal, info, interrupted, previous);
    return;
  }
  if (signal == SIGBUS && info->si_code > 0 && !gate.is_owner(::gettid()) &&
      give_up_cut_off_box(info->si_addr)) {
    errno = saved_errno;
    return;
  }
  const bool may_be_taken_care_of =
      setup.chain_first && info->si_code > 0 && is_function(previous) && !gate.is_owner(::gettid());
  if (may_be_taken_care_of && previous_takes_care(signal, info, interrupted, previous)) {
    errno = saved_errno;
    return;
  }
  const auto& context = *static_cast<ucontext_t*>(interrupted);
  switch (gate.enter(::gettid(), stack_pointer_of(context))) {
    case CrashGate::Entry::in_step:
      if (!is_own_doing(*info)) return ignore_from_now_on(signal, interrupted);
      unblock_signal(signal);
      gate.skip_step();
    case CrashGate::Entry::won:
      // The kernel has blocked this signal. A step may fault as the program did, and the kernel
      // kills at once for a fault whose signal is blocked; one that is sent again and again stays
      // blocked.
      if (info->si_code > 0) unblock_signal(signal);
      if (!last_rescued.is_same_as_last(*info, program_counter_of(context))) {
        record_signal(gate, *info, interrupted);
      }
      errno = saved_errno;
      // Who has seen it first is not asked again.
      if (may_be_taken_care_of) return die_of_recorded(signal, info);
      finish_signal(signal, info, interrupted);
      return;
    case CrashGate::Entry::between_steps:
      if (!is_own_doing(*info)) return ignore_from_now_on(signal, interrupted);
      [[fallthrough]];
    case CrashGate::Entry::recorded:
    case CrashGate::Entry::timed_out:
      errno = saved_errno;
      if (!hand_on(signal, info, interrupted, previous)) remove_committed_box();
      return;
  }
}

// The terminate handler runs with the program's mask. While it records, a signal of the program's
// must not interrupt it, and what its own writes raise must not kill the process.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    const sigset_t blocked = CrashGate::blocked_signals();
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  ~SignalsBlocked() {
    sigset_t raised_by_writes;
    sigemptyset(&raised_by_writes);
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      if (sigismember(&before_, signal) == 0) sigaddset(&raised_by_writes, signal);
    }
    const timespec at_once{};
    while (::sigtimedwait(&raised_by_writes, nullptr, &at_once) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

[[noreturn]] void on_terminate() noexcept {
  const void* start_address = __builtin_return_address(0);
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const CancellationOff no_cancellation;
  if (owner_process.load(std::memory_order_relaxed) == ::getpid()) {
    switch (gate.enter(::gettid(), frame)) {
      case CrashGate::Entry::in_step:
        gate.skip_step();
      case CrashGate::Entry::won: {
        const SignalsBlocked blocked;
        record_terminate(gate, start_address);
        gate.hand_on_from(frame);
        break;
      }
      case CrashGate::Entry::between_steps:
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
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_mask = CrashGate::blocked_signals();
  return action;
}

// A thread that ends the program while another one's crash is recorded must not come before it: it
// may have been woken by the question for its stack.
void leave() noexcept {
  gate.wait_for_the_end();
  remove_black_box();
}

// The very last of what runs at exit(), so that crashes of other exit functions are recorded.
[[gnu::destructor(101)]] void on_exit_of_program() noexcept { leave(); }

void on_quick_exit() { leave(); }

void notice_fork() noexcept {
  leave_crash_connection_to_parent();
  leave_black_box_to_parent();
  gate.reopen();  // another thread of the parent may have been in it
  owner_process.store(::getpid(), std::memory_order_relaxed);
}

// Handlers, thread stacks and exit functions lead here: a plug-in that contains this code may be
// unloaded, the code must stay.
void stay_loaded() noexcept {
  Dl_info file;
  link_map* loaded = nullptr;
  if (::dladdr1(reinterpret_cast<const void*>(&on_signal), &file, reinterpret_cast<void**>(&loaded),
                RTLD_DL_LINKMAP) == 0) {
    return;
  }
  // A program stays; its name here would be argv[0], which its caller chose.
  if (loaded->l_name[0] == '\0') return;
  ::dlopen(loaded->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace

HandlerOutcome install_handlers(const HandlerSetup& wanted) noexcept {
  HandlerOutcome outcome;
  setup = wanted;
  set_process_facts(setup.facts);
  set_program_path(setup.facts.executable);
  gate.set_deadline(setup.deadline_nanoseconds);
  stay_loaded();
  find_abort_message();
  find_runtime_functions();
  warm_up_unwinder();
  choose_thread_signal();
  outcome.box_error = open_black_box(setup.facts);
  outcome.stack_error = give_this_thread_a_signal_stack();
  outcome.new_threads_have_stacks = new_threads_get_signal_stacks();
  owner_process.store(::getpid(), std::memory_order_relaxed);
  static const int fork_error = ::pthread_atfork(nullptr, nullptr, notice_fork);
  (void)fork_error;
  static const int quick_exit_error = ::at_quick_exit(on_quick_exit);
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
  if (setup.throw_sites) start_watching_throws();
  if (setup.terminate) previous_terminate = std::set_terminate(on_terminate);
  return outcome;
}

bool is_captured(int signal) noexcept {
  struct sigaction present {};
  return ::sigaction(signal, nullptr, &present) == 0 && is_own(present);
}

bool terminate_is_captured() noexcept { return std::get_terminate() == on_terminate; }

void remove_handlers() noexcept {
  if (!is_installed.exchange(false)) return;
  for (std::size_t i = 0; i < setup.signal_count; ++i) {
    const int signal = setup.signals[i];
    if (is_captured(signal)) ::sigaction(signal, &previous_actions[signal], nullptr);
  }
  if (setup.terminate && terminate_is_captured()) {
    std::set_terminate(previous_terminate);
  }
  stop_watching_throws();
  stop_watching_end_signals();
  close_black_box();
}

}  // namespace dblog::crash
