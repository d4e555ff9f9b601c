// Context: handler only.
#include "handlers/sent_signal.hpp"

#include <ucontext.h>
#include <unistd.h>

#include "handlers/crash_recorder.hpp"
#include "handlers/recording_stack.hpp"
#include "handlers/signals/given_up_fault.hpp"
#include "handlers/unwind/code_position.hpp"
#include "handlers/unwind/signal_origin.hpp"

namespace dblog::crash {

bool is_own_doing(const siginfo_t& info) noexcept {
  return info.si_code > 0 || (info.si_signo == SIGABRT && info.si_pid == ::getpid());
}

void ignore_from_now_on(int signal, void* interrupted) noexcept {
  sigaddset(&static_cast<ucontext_t*>(interrupted)->uc_sigmask, signal);
}

bool is_abort(CrashGate& gate, const siginfo_t& info, void* interrupted) noexcept {
  bool is_from_abort = may_be_abort(info);
  if (!is_from_abort) return false;
  const auto& context = *static_cast<const ucontext_t*>(interrupted);
  run_on_enough_stack(context,
                      [&] { gate.run_untimed([&] { is_from_abort = is_in_abort(context); }); });
  return is_from_abort;
}

bool is_abort_outside(CrashGate& gate, const siginfo_t& info, void* interrupted) noexcept {
  if (!may_be_abort(info)) return false;
  const std::uintptr_t stack_pointer =
      stack_pointer_of(*static_cast<const ucontext_t*>(interrupted));
  if (gate.enter(::gettid(), stack_pointer) != CrashGate::Entry::won) return true;
  const bool is_from_abort = is_abort(gate, info, interrupted);
  gate.reopen();
  return is_from_abort;
}

void record_sent_signal(CrashGate& gate, const siginfo_t& info, void* interrupted,
                        bool is_abort) noexcept {
  constexpr int kMostHandlers = 4;  // ours is one
  siginfo_t given_up;
  if (recall_fault(info, *static_cast<ucontext_t*>(interrupted), given_up)) {
    return record_signal(gate, given_up, interrupted, false);
  }
  HandledFault fault;
  const bool may_be_given_up = info.si_code <= 0 && info.si_pid == ::getpid();
  if (may_be_given_up) {
    gate.run_untimed([&] { fault = find_handled_fault(info.si_signo, kMostHandlers); });
  }
  if (fault.info != nullptr) return record_signal(gate, *fault.info, fault.context, false);
  record_signal(gate, info, interrupted, is_abort);
}

}  // namespace dblog::crash
