// Signals that the program sends itself: what is recorded of them. abort() is the end of the
// program; a handler may give up a fault by sending its signal once more; all others are what they
// seem to be, and an earlier handler of the program's may live with them.
// Context: handler only.
#pragma once

#include <csignal>

#include "handlers/crash_gate.hpp"

namespace dblog::crash {

/// Whether it comes from abort(), for the thread that has the gate, and for one that has not.
bool is_abort(CrashGate& gate, const siginfo_t& info, void* interrupted) noexcept;
bool is_abort_outside(CrashGate& gate, const siginfo_t& info, void* interrupted) noexcept;

/// Records the signal, or the fault that a handler gives up by it: right now, or before it
/// returned.
void record_sent_signal(CrashGate& gate, const siginfo_t& info, void* interrupted,
                        bool is_abort) noexcept;

}  // namespace dblog::crash
