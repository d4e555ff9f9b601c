// Context: handler only, but for install_handlers() and remove_handlers() (set-up).
#include "handlers/crash_handler.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>

#include "handlers/abort_message.hpp"
#include "handlers/crash_connection.hpp"
#include "handlers/crash_gate.hpp"
#include "handlers/crash_report_text.hpp"
#include "handlers/exception_text.hpp"
#include "handlers/hand_on.hpp"
#include "handlers/module_lookup.hpp"
#include "handlers/monotonic_clock.hpp"
#include "handlers/signal_text.hpp"
#include "handlers/stack_capture.hpp"
#include "handlers/terminate_reason.hpp"
#include "handlers/text_buffer.hpp"
#include "handlers/thread_signal_stack.hpp"
#include "handlers/uuid.hpp"

namespace dblog::crash {
namespace {

constexpr std::int64_t kCommitNanoseconds = 250 * kNanosecondsPerMillisecond;

// What install_handlers() sets and handlers read. Written before is_installed is.
HandlerSetup setup;
struct sigaction previous_actions[NSIG];
std::terminate_handler previous_terminate = nullptr;
std::atomic<bool> is_installed{false};
std::atomic<int> owner_process{0};

CrashGate gate;
CrashRecord record;
ConnectionError connection_error;
std::int64_t committed_id = 0;

void begin_record(CrashKind kind) noexcept {
  committed_id = 0;
  connection_error = ConnectionError{};
  // Cleared in place: the record is larger than a signal stack.
  std::memset(static_cast<void*>(&record), 0, offsetof(CrashRecord, message));
  record.message[0] = '\0';
  record.kind = kind;
  record.process_id = ::getpid();
  record.thread_id = ::gettid();
  record.utc_microseconds = nanoseconds_of(CLOCK_REALTIME) / 1'000;
  record.uuid = make_uuid();
  char name[sizeof record.thread_name] = {};
  ::prctl(PR_GET_NAME, name);
  TextBuffer{record.thread_name}.untrusted(name);
}

void find_modules_of_frames() noexcept {
  for (std::uint32_t i = 0; i < record.frame_count; ++i) {
    Frame& frame = record.frames[i];
    frame.module = find_module(record, frame.address - (frame.is_return_address ? 1 : 0));
  }
}

// A pipe that nobody reads must not hold up the death of the process.
void write_if_it_does_not_block(std::string_view text) noexcept {
  pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&standard_error, 1, 0) != 1 || (standard_error.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void say_on_stderr() noexcept {
  const ProcessFacts& facts = setup.facts;
  if (committed_id != 0 && !facts.print_to_stderr) return;
  char line[1024];
  TextBuffer text{line, sizeof line - 1};
  const char* line_end = std::strchr(record.message, '\n');
  const std::size_t first_line_size = line_end != nullptr
                                          ? static_cast<std::size_t>(line_end - record.message)
                                          : record.message_size;
  char shown[400];
  TextBuffer message{shown};
  message << std::string_view{record.message, first_line_size};
  text << "dblog: ";
  if (record.kind == CrashKind::exception) text << "uncaught " << record.exception_type << ": ";
  text << message.view();
  if (committed_id != 0) {
    text << "; recorded in " << facts.database << " as crash " << committed_id;
  } else {
    text << " in process " << record.process_id;
    if (record.frame_count != 0) {
      text << " at ";
      put_location(text, record, record.frames[0]);
    }
    text << "; NOT recorded in " << facts.database << ": "
         << (connection_error.text[0] != '\0' ? connection_error.text
                                              : "the crash connection failed");
  }
  const std::size_t size = text.size();
  line[size] = '\n';
  write_if_it_does_not_block({line, size + 1});
}

void take_hardware_sample() noexcept {
  if (!setup.facts.hw_monitor) return;
  record.has_hardware = sample_hardware(record.process_id, setup.facts.hardware_sources,
                                        &setup.facts.first_sample, record.hardware);
}

// From the captured stack to the committed row: each step may fail by itself.
void finish_record() noexcept {
  gate.run(find_modules_of_frames);
  gate.run(take_hardware_sample);
  gate.run([] {
    committed_id = write_crash(record, setup.facts, monotonic_nanoseconds() + kCommitNanoseconds,
                               connection_error);
  });
  gate.run(say_on_stderr);
}

void record_signal(siginfo_t& info, ucontext_t& interrupted) noexcept {
  gate.run([] { begin_record(CrashKind::signal); });
  gate.run([&] { describe_signal(record, info, &interrupted); });
  gate.run([&] { capture_interrupted_stack(record, interrupted); });
  finish_record();
}

// For what has no words of its own, or a what() that crashed.
void describe_terminate(const TerminateReason& reason) noexcept {
  TextBuffer message{record.message};
  if (record.kind == CrashKind::exception) {
    message << "exception of type " << record.exception_type;
  } else {
    message << (reason.text() != nullptr ? reason.text()
                                         : "std::terminate called without an exception");
  }
  record.message_size = static_cast<std::uint32_t>(message.size());
}

void record_terminate(const void* start_address) noexcept {
  gate.run([] { begin_record(CrashKind::terminate); });
  gate.run([] { describe_current_exception(record); });
  TerminateReason reason;
  gate.run([&] { capture_own_stack(record, start_address, reason.observer()); });
  if (record.message_size == 0) gate.run([&] { describe_terminate(reason); });
  finish_record();
}

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
      record_signal(*info, *static_cast<ucontext_t*>(interrupted));
      errno = saved_errno;
      if (hand_on(signal, info, interrupted, previous)) gate.reopen();
      return;
    case CrashGate::Entry::recorded:
    case CrashGate::Entry::timed_out:
      errno = saved_errno;
      hand_on(signal, info, interrupted, previous);
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
        record_terminate(start_address);
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

// Every signal that is not a crash waits until the handler is done; crashes inside of it do not,
// or the kernel would kill the process at once.
struct sigaction own_action() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigfillset(&action.sa_mask);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    sigdelset(&action.sa_mask, fault);
  }
  return action;
}

bool is_own(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_signal;
}

void notice_fork() noexcept {
  leave_crash_connection_to_parent();
  owner_process.store(::getpid(), std::memory_order_relaxed);
}

}  // namespace

HandlerOutcome install_handlers(const HandlerSetup& wanted) noexcept {
  HandlerOutcome outcome;
  setup = wanted;
  set_program_path(setup.facts.executable);
  find_abort_message();
  find_runtime_functions();
  warm_up_unwinder();
  outcome.stack_error = give_this_thread_a_signal_stack();
  owner_process.store(::getpid(), std::memory_order_relaxed);
  static const int fork_error = ::pthread_atfork(nullptr, nullptr, notice_fork);
  (void)fork_error;
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
}

}  // namespace dblog::crash
