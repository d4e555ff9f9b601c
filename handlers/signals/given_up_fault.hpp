// Faults that a handler of the program's gives up: it puts the default action back and sends the
// signal once more, which arrives where the fault was, when the handler has returned. The kernel
// says of that signal that the program sent it; what happened is the fault.
// Context: crash time. The last one is kept.
#pragma once

#include <ucontext.h>

#include <csignal>

namespace dblog::crash {

/// A handler was called for it that may give it up.
void remember_fault(const siginfo_t& info, const ucontext_t& context) noexcept;

/// The program has put the default action of a crash signal in the place of `replaced`: remembers
/// the fault if it has done so in a handler that was called for one.
void remember_fault_of_handler(int signal, const struct sigaction& replaced) noexcept;

/// Whether the signal that interrupted `context` is such a one; then `fault` becomes what the
/// kernel said of the fault.
bool recall_fault(const siginfo_t& info, const ucontext_t& context, siginfo_t& fault) noexcept;

}  // namespace dblog::crash
