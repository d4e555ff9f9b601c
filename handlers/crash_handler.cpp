// Context: handler only, except install_handlers() and remove_handlers() (setup).
#include "handlers/crash_handler.hpp"

#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <exception>

#include "handlers/crash_gate.hpp"
#include "handlers/crash_recorder.hpp"
#include "handlers/exceptions/terminate_reason.hpp"
#include "handlers/exceptions/throw_sites.hpp"
#include "handlers/expected_crash.hpp"
#include "handlers/interpose/exec_watch.hpp"
#include "handlers/interpose/exit_watch.hpp"
#include "handlers/interpose/privilege_watch.hpp"
#include "handlers/interpose/thread_signal_stack.hpp"
#include "handlers/own_end.hpp"
#include "handlers/record/black_box.hpp"
#include "handlers/recording_stack.hpp"
#include "handlers/sent_signal.hpp"
#include "handlers/signals/chain_first.hpp"
#include "handlers/signals/chain_to_previous.hpp"
#include "handlers/signals/crash_action.hpp"
#include "handlers/signals/go_faults.hpp"
#include "handlers/signals/handler_mask.hpp"
#include "handlers/signals/program_action.hpp"
#include "handlers/signals/repeated_crash.hpp"
#include "handlers/signals/same_crash.hpp"
#include "handlers/signals/signal_action.hpp"
#include "handlers/signals/termination_signals.hpp"
#include "handlers/signals/thread_pointer.hpp"
#include "handlers/signals/thread_stacks.hpp"
#include "handlers/sqlite/crash_connection.hpp"
#include "handlers/text/abort_message.hpp"
#include "handlers/unwind/code_position.hpp"
#include "handlers/unwind/guarded_walk.hpp"
#include "handlers/unwind/module_lookup.hpp"
#include "handlers/unwind/signal_origin.hpp"
#include "handlers/unwind/stack_capture.hpp"
#include "src/process/fork_hooks.hpp"
#include "src/process/mapped_files.hpp"
#include "src/process/signal_block.hpp"
#include "src/process/stay_loaded.hpp"

namespace dblog::crash {
namespace {

// What install_handlers() sets and handlers read. Written before is_installed is.
HandlerSetup setup;
std::terminate_handler previous_terminate = nullptr;
std::atomic<bool> is_installed{false};
std::atomic<int> owner_process{0};

CrashGate gate;
RepeatedCrash last_crash;
RepeatedFault last_fault;
bool is_last_withdrawn = false;  // for the thread that has the gate
EndOfAbort end_of_abort;

void on_signal(int signal, siginfo_t* info, void* interrupted);
void on_signal_by_default(int signal, siginfo_t* info, void* interrupted);

// From the record to the previous handler. Not noexcept: that one may end its
// thread, which unwinds through here.
void finish_signal(int signal, siginfo_t* info, void* interrupted, Stands stands,
                   bool is_first_time, bool may_be_repaired, bool is_aborting,
                   process::CancellationOff& no_cancellation) {
  const struct sigaction previous = take_program_action(signal, stands);
  const bool is_called_from_above =
      stands == Stands::for_previous && !is_in_force(signal, crash_action()) && signal != SIGABRT;
  if (!is_function(previous) && is_called_from_above && is_first_time) {
    // A handler above ours has called it, and may have more to do: what it does now, on the same
    // stack, belongs to this crash. If it comes to us once more, that is the end.
    gate.chain_from(reinterpret_cast<std::uintptr_t>(interrupted));
    if (info->si_code <= 0) {
      last_crash.expect_it_again();
      send_again(signal, info);
    }
    return;
  }
  gate.chain_from(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
  if (is_function(previous)) no_cancellation.end();
  auto& context = *static_cast<ucontext_t*>(interrupted);
  const bool is_fatal_if_moved = may_be_repaired && is_fatal_to_go(*info, context);
  const std::uint64_t fault = program_counter_of(context);
  const RecordedSignal told{context};
  const bool may_live = chain_to_previous(signal, info, interrupted, previous);
  if (!may_live) return remove_committed_box();
  if (is_pending_death(signal, interrupted)) {
    set_default_for_the_end(signal);
    return remove_committed_box();
  }
  if (is_aborting) end_of_abort.begin(stack_pointer_of(context));  // it goes on, to its own end
  const bool is_end = is_aborting || (is_fatal_if_moved && program_counter_of(context) != fault);
  if (is_in_force(signal, crash_action()) && !is_end) {
    const bool is_over = info->si_code <= 0 || !is_used_up(signal);
    if (may_be_repaired && is_function(previous) && is_over) {
      gate.run_untimed([] { is_last_withdrawn = withdraw_crash(); });
    }
    mark_crash_survived();
  }
  gate.reopen();
}

void die_of_recorded(int signal, siginfo_t* info) noexcept {
  gate.chain_from(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
  die_of(signal, info);
  remove_committed_box();
}

// The crash that this thread is to be recorded with, by its first signal.
void record_first(siginfo_t* info, void* interrupted, const ChainedFault* fault,
                  bool is_aborting) noexcept {
  run_on_enough_stack(*static_cast<const ucontext_t*>(interrupted), [&] {
    if (fault != nullptr) return record_signal(gate, *fault->info, fault->interrupted, false);
    if (info->si_code <= 0) return record_sent_signal(gate, *info, interrupted, is_aborting);
    record_signal(gate, *info, interrupted, false);
  });
}

// abort() has put the default action in our place before it faults.
bool is_end_of_abort(const siginfo_t& info, std::uintptr_t stack_pointer) noexcept {
  return info.si_code > 0 && end_of_abort.is_here(stack_pointer) && !is_captured(SIGABRT);
}

// What is not ours to record goes to what was there before.
void pass_on(int signal, siginfo_t* info, void* interrupted, Stands stands,
             process::CancellationOff& no_cancellation) {
  const struct sigaction previous = take_program_action(signal, stands);
  if (is_function(previous)) no_cancellation.end();
  if (!chain_to_previous(signal, info, interrupted, previous)) remove_black_box();
}

[[gnu::noinline]] void handle_signal(int signal, siginfo_t* info, void* interrupted,
                                     Stands stands) {
  const int saved_errno = errno;
  process::CancellationOff no_cancellation;
  const struct sigaction previous = program_action(signal, stands);
  if (is_ignored(previous, *info)) return;
  // A child made by vfork() or clone() shares our memory: it must not touch the parent's record.
  if (owner_process.load(std::memory_order_relaxed) != ::getpid()) {
    no_cancellation.end();
    chain_to_previous(signal, info, interrupted, previous);
    return;
  }
  const int thread_id = ::gettid();
  const bool is_owner = gate.is_owner(thread_id);
  if (signal == SIGBUS && info->si_code > 0 && !is_owner && process::mend_mapping(info->si_addr)) {
    errno = saved_errno;
    return;
  }
  auto& context = *static_cast<ucontext_t*>(interrupted);
  if (info->si_code > 0 && leave_faulted_walk(context)) {
    errno = saved_errno;
    return;
  }
  if (is_recorded_by_another_copy(context))
    return pass_on(signal, info, interrupted, stands, no_cancellation);
  const std::uintptr_t stack_pointer = stack_pointer_of(context);
  const ChainedFault* const in_progress =
      setup.chain_first && !is_owner ? chained_fault(stack_pointer) : nullptr;
  bool is_aborting = setup.chain_first && !is_owner && is_abort_outside(gate, *info, interrupted);
  if (in_progress != nullptr && is_to_wait(*in_progress, *info, is_aborting)) {
    ignore_from_now_on(signal, interrupted);
    return send_again(signal, info);
  }
  // Of a handler that was asked first and gives up: what it does so by is not what happened.
  const ChainedFault* const fault = is_own_doing(*info) ? in_progress : nullptr;
  const bool may_be_taken_care_of = setup.chain_first && !is_aborting && is_function(previous) &&
                                    !is_owner && (fault == nullptr || fault->may_nest) &&
                                    !is_fatal_to_go(*info, context);
  if (may_be_taken_care_of) {
    no_cancellation.end();
    const struct sigaction asked = take_program_action(signal, stands);
    const bool is_taken_care_of = is_function(asked) &&
                                  previous_takes_care(signal, info, interrupted, asked) &&
                                  !is_pending_death(signal, interrupted);
    no_cancellation.begin();
    errno = saved_errno;
    if (is_taken_care_of) return;
  }
  bool is_first_time = true;
  int times = 0;
  switch (gate.enter(thread_id, stack_pointer)) {
    case CrashGate::Entry::in_step:
      if (!is_own_doing(*info)) return ignore_from_now_on(signal, interrupted);
      process::unblock_signal(signal);
      gate.skip_step();
    case CrashGate::Entry::won:
      // The kernel has blocked this signal. A step may fault as the program did, and the kernel
      // kills at once for a fault whose signal is blocked; one that is sent again and again stays
      // blocked.
      if (info->si_code > 0) process::unblock_signal(signal);
      if (let_go_if_expected(gate)) {
        if (!may_be_taken_care_of)
          return pass_on(signal, info, interrupted, stands, no_cancellation);
        die_of(signal, info);  // the previous handler has seen it first
        return remove_black_box();
      }
      // The first time a handler may claim to have repaired it; with the same registers once more
      // it has not.
      times = info->si_code > 0 ? last_fault.count(*info, context) : 0;
      is_first_time =
          (!last_crash.is_same_as_last(*info, interrupted, stands == Stands::for_default) ||
           (times == 1 && is_last_withdrawn)) &&
          !is_end_of_abort(*info, stack_pointer) && !is_end_by_go(*info, context);
      is_last_withdrawn = false;
      is_aborting = is_abort(gate, *info, interrupted);
      if (is_first_time) record_first(info, interrupted, fault, is_aborting);
      errno = saved_errno;
      // The handler that has seen it first is not asked again.
      if (may_be_taken_care_of || (fault != nullptr && info->si_code > 0)) {
        return die_of_recorded(signal, info);
      }
      finish_signal(signal, info, interrupted, stands, is_first_time, is_first_time && times == 0,
                    is_aborting, no_cancellation);
      return;
    case CrashGate::Entry::between_steps:
      if (!is_own_doing(*info)) return ignore_from_now_on(signal, interrupted);
      [[fallthrough]];
    case CrashGate::Entry::recorded:
    case CrashGate::Entry::timed_out:
      errno = saved_errno;
      if (is_function(previous)) no_cancellation.end();
      const RecordedSignal told{*static_cast<ucontext_t*>(interrupted)};
      if (!chain_to_previous(signal, info, interrupted, take_program_action(signal, stands)))
        remove_committed_box();
      return;
  }
}

// An emulator's guest has a thread pointer of its own, and its faults are the emulator's to repair:
// those that it leaves come again, with the default action in its place.
__attribute__((no_stack_protector)) void enter(int signal, siginfo_t* info, void* interrupted,
                                               Stands stands) {
  if (has_own_thread_pointer()) return handle_signal(signal, info, interrupted, stands);
  const struct sigaction* const emulator = take_program_handler(signal, stands);
  if (emulator != nullptr) return call_as_the_kernel(signal, info, interrupted, *emulator);
  const OwnThreadPointer own;
  handle_signal(signal, info, interrupted, stands);
}

__attribute__((no_stack_protector)) void on_signal(int signal, siginfo_t* info, void* interrupted) {
  enter(signal, info, interrupted, Stands::for_previous);
}

// The program has put the default action back since we came.
__attribute__((no_stack_protector)) void on_signal_by_default(int signal, siginfo_t* info,
                                                              void* interrupted) {
  enter(signal, info, interrupted, Stands::for_default);
}

[[noreturn]] void on_terminate() noexcept {
  const void* start_address = __builtin_return_address(0);
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const process::CancellationOff no_cancellation;
  const bool is_ours = owner_process.load(std::memory_order_relaxed) == ::getpid() &&
                       !is_terminate_of_another_copy(__builtin_frame_address(0));
  const RecordedTerminate told;
  if (is_ours) {
    switch (gate.enter(::gettid(), frame)) {
      case CrashGate::Entry::in_step:
        gate.skip_step();
      case CrashGate::Entry::won: {
        if (let_go_if_expected(gate)) break;
        const process::ScopedSignalBlock blocked{handler_mask()};
        record_terminate(gate, start_address);
        gate.chain_from(frame);
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

// A thread that ends the program while another one's crash is recorded must not come before it: it
// may have been woken by the question for its stack.
void leave() noexcept {
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const ChainedFault* const fault = setup.chain_first ? chained_fault(frame) : nullptr;
  if (fault != nullptr && gate.enter(::gettid(), frame) == CrashGate::Entry::won) {
    const process::ScopedSignalBlock blocked{handler_mask()};
    record_signal(gate, *fault->info, fault->interrupted, false);
    gate.chain_from(frame);
    return remove_committed_box();
  }
  gate.wait_for_the_end();
  leave_with_note(gate, owner_process, schema::ProcessEnd::exit);
}

// The very last of what runs at exit(), so that crashes of other exit functions are recorded.
[[gnu::destructor(101)]] void on_exit_of_program() noexcept { leave(); }

void on_quick_exit() { leave(); }

// The process is about to end by its own will, without exit functions. Nothing in a child of
// vfork().
void leave_at_own_end() noexcept {
  if (owner_process.load(std::memory_order_relaxed) == ::getpid()) leave();
}

void notice_fork() noexcept {
  leave_crash_connection_to_parent();
  leave_black_box_to_parent();
  begin_as_forked_process();
  gate.reopen();  // another thread of the parent may have been in it
  owner_process.store(::getpid(), std::memory_order_relaxed);
}

// The connection in a child after fork() that has not opened it. One thread at a time, and no crash
// meanwhile: the connection is the gate's owner's.
void open_before_privileges_go(std::int64_t wait_ns) noexcept {
  if (!is_installed.load(std::memory_order_acquire) ||
      owner_process.load(std::memory_order_relaxed) != ::getpid()) {
    return;
  }
  if (setup.before_privileges_change != nullptr) setup.before_privileges_change(wait_ns);
  if (has_crash_connection()) return;
  const auto stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (gate.enter(::gettid(), stack) != CrashGate::Entry::won) return;
  ConnectionError error;  // what is wrong will be wrong for a crash, too, which reports it
  if (!has_crash_connection()) open_crash_connection(setup.facts, error, wait_ns);
  gate.reopen();
}

}  // namespace

HandlerOutcome install_handlers(const HandlerSetup& wanted) noexcept {
  HandlerOutcome outcome;
  setup = wanted;
  set_process_facts(setup.facts, setup.note_writer);
  set_program_path(setup.facts.executable);
  gate.set_deadline(setup.deadline_nanoseconds);
  process::stay_loaded();
  find_abort();
  find_abort_message();
  find_runtime_functions();
  warm_up_unwinder();
  learn_thread_block();
  choose_thread_signal();
  outcome.box_error = open_black_box(setup.facts);
  outcome.stack_error = give_this_thread_a_signal_stack();
  reserve_recording_stack();
  outcome.new_threads_have_stacks = new_threads_get_signal_stacks();
  if (!outcome.new_threads_have_stacks) give_callers_signal_stacks();
  owner_process.store(::getpid(), std::memory_order_relaxed);
  process::at_fork(process::ForkPlace::crash_handler, {nullptr, nullptr, notice_fork});
  [[maybe_unused]] static const int quick_exit_error = ::at_quick_exit(on_quick_exit);
  watch_exits(leave_at_own_end);
  before_privileges_change.store(open_before_privileges_go);
  set_crash_handler(on_signal, on_signal_by_default);
  is_installed.store(true, std::memory_order_release);

  for (std::size_t i = 0; i < setup.signal_count; ++i) {
    const int signal = setup.signals[i];
    outcome.signal_errors[i] = take_over(signal);
  }
  watch_termination_signals(
      []() noexcept { leave_with_note(gate, owner_process, schema::ProcessEnd::signal); });
  if (setup.throw_sites) start_watching_throws();
  if (setup.terminate) previous_terminate = std::set_terminate(on_terminate);
  return outcome;
}

bool is_captured(int signal) noexcept {
  return is_in_force(signal, crash_action()) || is_in_force(signal, crash_action_by_default());
}

bool terminate_is_captured() noexcept { return std::get_terminate() == on_terminate; }

void expect_go() noexcept {
  expect_go_runtime();
  expect_unmarked_ends();
}

void remove_handlers() noexcept {
  if (!is_installed.exchange(false)) return;
  for (std::size_t i = 0; i < setup.signal_count; ++i) give_back(setup.signals[i]);
  if (setup.terminate && terminate_is_captured()) {
    std::set_terminate(previous_terminate);
  }
  stop_watching_throws();
  stop_watching_termination_signals();
  close_black_box();
}

}  // namespace dblog::crash
