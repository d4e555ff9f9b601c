// One crash, one row: signals that come once more for a crash that is recorded.
// Context: handler only. For the thread that has the gate.
#pragma once

#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

#include "handlers/unwind/code_position.hpp"

namespace dblog::crash {

// A fault that a handler claims to have repaired, and that comes again as it was: recorded once.
// Likewise a signal that was sent again, to a handler above ours, or by a handler that has put the
// default action back and raises the signal: it arrives where the fault was.
class RepeatedCrash {
 public:
  bool is_same_as_last(const siginfo_t& info, const void* interrupted,
                       bool is_by_default) noexcept {
    const auto& context = *static_cast<const ucontext_t*>(interrupted);
    const auto program_counter = static_cast<std::uintptr_t>(program_counter_of(context));
    const bool is_fault = info.si_code > 0;
    const bool is_raised_for_last = is_by_default && !is_fault && code_ > 0 &&
                                    info.si_signo == signal_ && info.si_pid == ::getpid() &&
                                    program_counter == program_counter_;
    const bool is_same =
        is_raised_for_last ||
        (info.si_signo == signal_ && info.si_code == code_ &&
         (is_fault ? program_counter == program_counter_ && info.si_addr == address_
                   : is_sent_again_ && info.si_pid == sender_));
    signal_ = info.si_signo;
    code_ = info.si_code;
    program_counter_ = program_counter;
    address_ = is_fault ? info.si_addr : nullptr;
    sender_ = is_fault ? 0 : info.si_pid;
    is_sent_again_ = false;
    return is_same;
  }

  void expect_it_again() noexcept { is_sent_again_ = true; }

 private:
  int signal_ = 0;
  int code_ = 0;
  std::uintptr_t program_counter_ = 0;
  void* address_ = nullptr;
  pid_t sender_ = 0;
  bool is_sent_again_ = false;
};
// abort() where its signal does not kill, in the first process of a container: it ends by an
// instruction that faults, a few frames above the signal. One crash, one row.
class EndOfAbort {
 public:
  void begin(std::uintptr_t stack_pointer) noexcept {
    thread_ = ::gettid();
    stack_pointer_ = stack_pointer;
  }
  [[nodiscard]] bool is_here(std::uintptr_t stack_pointer) const noexcept {
    constexpr std::uintptr_t kFramesOfAbort = 4096;
    return stack_pointer_ != 0 && stack_pointer - stack_pointer_ < kFramesOfAbort &&
           thread_ == ::gettid();
  }

 private:
  int thread_ = 0;
  std::uintptr_t stack_pointer_ = 0;
};
}  // namespace dblog::crash
