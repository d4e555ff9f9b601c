// Crashes that are meant to be, such as those of a death test: the program tells them apart
// (dblog::expect_crashes), and they are not recorded.
// Context: crash time, except expect_crashes() (any).
#pragma once

#include "handlers/crash_gate.hpp"

namespace dblog::crash {

/// Null: none is expected. Context: any.
void expect_crashes(bool (*are_expected)() noexcept) noexcept;

/// Asks the program, for the thread that has the gate: if so the gate is open again, and nothing is
/// to be recorded. A function that faults or aborts has not said so.
bool let_go_if_expected(CrashGate& gate) noexcept;

}  // namespace dblog::crash
