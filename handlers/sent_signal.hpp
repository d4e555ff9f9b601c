// Signals that the program sends itself: what is recorded of them. abort() is the end of the
// program; a handler may give up a fault by sending its signal once more; all others are what they
// seem to be, and an earlier handler of the program's may live with them.
// Context: handler only.
#pragma once

#include <csignal>

#include "handlers/crash_gate.hpp"

namespace dblog::crash {

/// What a step does to its own thread: faults, and abort(). A signal that any process merely sent
/// is not its doing, and the process is dying anyway.
bool is_own_doing(const siginfo_t& info) noexcept;

/// Back to the step, which goes on without being disturbed by that signal again: a sender in a loop
/// would fill the signal stack.
void ignore_from_now_on(int signal, void* interrupted) noexcept;

/// Whether it comes from abort(), for the thread that has the gate, and for one that has not.
bool is_abort(CrashGate& gate, const siginfo_t& info, void* interrupted) noexcept;
bool is_abort_outside(CrashGate& gate, const siginfo_t& info, void* interrupted) noexcept;

/// Records the signal, or the fault that a handler gives up by it: right now, or before it
/// returned.
void record_sent_signal(CrashGate& gate, const siginfo_t& info, void* interrupted,
                        bool is_abort) noexcept;

}  // namespace dblog::crash
