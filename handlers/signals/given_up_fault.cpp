// Context: crash time.
#include "handlers/signals/given_up_fault.hpp"

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "handlers/signals/crash_action.hpp"
#include "handlers/signals/signal_action.hpp"
#include "handlers/unwind/code_position.hpp"
#include "handlers/unwind/signal_origin.hpp"

namespace dblog::crash {
namespace {

struct GivenUpFault {
  pid_t thread_id;  // 0: there is none
  siginfo_t info;
  CodePosition position;
};
GivenUpFault last{};

// A caller that comes while another thread uses the record, or a signal's handler, gets nothing.
std::atomic<bool> is_in_use{false};

template <typename Use>
bool use_last(Use use) noexcept {
  if (is_in_use.exchange(true, std::memory_order_acquire)) return false;
  const bool result = use();
  is_in_use.store(false, std::memory_order_release);
  return result;
}

bool is_blocked(int signal) noexcept {
  sigset_t mask;
  return ::pthread_sigmask(SIG_BLOCK, nullptr, &mask) == 0 && sigismember(&mask, signal) == 1;
}

// For a walk: a small alternate stack is the program's.
bool has_room_on_stack() noexcept {
  constexpr std::size_t kRoom = 16 * 1024;
  stack_t stack{};
  if (::sigaltstack(nullptr, &stack) != 0 || (stack.ss_flags & SS_ONSTACK) == 0) return true;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here - reinterpret_cast<std::uintptr_t>(stack.ss_sp) >= kRoom;
}

}  // namespace

void remember_fault(const siginfo_t& info, const ucontext_t& context) noexcept {
  if (info.si_code <= 0) return;
  use_last([&] {
    last = {::gettid(), info, position_of(context)};
    return true;
  });
}

// A handler that does not block its signal gets it at once, and is on the stack then.
void remember_fault_of_handler(int signal, const struct sigaction& replaced) noexcept {
  const bool is_handler_of_program = is_crash_signal(signal) && is_function(replaced) &&
                                     !is_same_handler(replaced, crash_action()) &&
                                     !is_same_handler(replaced, crash_action_by_default());
  if (!is_handler_of_program || !is_blocked(signal) || !has_room_on_stack()) return;
  const HandledFault fault = find_handled_fault(signal, 1);
  if (fault.info != nullptr) remember_fault(*fault.info, *fault.context);
}

bool recall_fault(const siginfo_t& info, const ucontext_t& context, siginfo_t& fault) noexcept {
  const CodePosition position = position_of(context);
  return use_last([&] {
    if (last.thread_id != ::gettid() || last.info.si_signo != info.si_signo ||
        last.position.program_counter != position.program_counter ||
        last.position.stack_pointer != position.stack_pointer) {
      return false;
    }
    fault = last.info;
    last.thread_id = 0;
    return true;
  });
}

}  // namespace dblog::crash
