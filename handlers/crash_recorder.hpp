// One crash, from the first look to the committed row: the steps, in their order.
// Context: handler only, except set_process_facts() (setup). Only the thread that holds the gate.
#pragma once

#include <csignal>
#include <cstdint>

#include "handlers/crash_gate.hpp"
#include "handlers/record/process_facts.hpp"

namespace dblog::crash {

/// Context: setup. Must come before the first crash.
void set_process_facts(const ProcessFacts& facts) noexcept;

/// Records a signal: its meaning, the interrupted stack and what finish() adds. Every step runs
/// through the gate, so each may fail, or run out of time, by itself.
/// `interrupted` is the handler's third argument. `is_abort`: it comes from abort().
void record_signal(CrashGate& gate, const siginfo_t& info, void* interrupted,
                   bool is_abort) noexcept;

/// Records std::terminate: the exception in flight, if any, and the stack from `start_address` on,
/// the address that the terminate handler returns to.
void record_terminate(CrashGate& gate, const void* start_address) noexcept;

/// The program goes on as if nothing had been: the handler that was there before has repaired the
/// fault, or lived with the signal. Its rows go, and the box forgets it; false if the database did
/// not let them go. To be run as a step.
bool withdraw_crash() noexcept;

/// When the process is about to die of a recorded crash: a committed one needs no box.
void remove_committed_box() noexcept;

}  // namespace dblog::crash
