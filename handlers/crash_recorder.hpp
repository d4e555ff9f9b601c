// One crash, from the first look to the committed row: the steps, in their order.
// Context: handler only, except set_process_facts() and set_process_environment() (setup). Only the
// thread that holds the gate.
#pragma once

#include <csignal>
#include <cstdint>
#include <string_view>

#include "handlers/crash_gate.hpp"
#include "handlers/record/process_facts.hpp"
#include "src/schema/process_end.hpp"

namespace dblog::crash {

/// Context: setup. Must come before the first crash.
void set_process_facts(const ProcessFacts& facts, NoteWriter note_writer) noexcept;

/// Where the program runs from here on: of its crashes, its end and its black box. One thread at a
/// time, not at crash time; a crash of another thread meanwhile may say half of it.
void set_process_environment(std::string_view environment) noexcept;

/// In the child right after fork(): it starts now.
void begin_as_forked_process() noexcept;

/// Writes that the process ends by its own will, if its connection is open, without waiting for
/// others; false if another connection writes just now. To be run as a step.
bool record_own_end(schema::ProcessEnd how) noexcept;

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
