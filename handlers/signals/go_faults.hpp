// Faults in a process with a Go runtime. Its handler never says that it does not repair a fault: it
// lets the thread go on in a function of Go's, which panics. The program may recover from that if
// the fault was in Go code; if it was in C or C++ code, Go ends the program.
// Context: handler only, except for expect_go_runtime() (setup).
#pragma once

#include <ucontext.h>

#include <csignal>

namespace dblog::crash {

/// From here on there is one in the process. Context: setup.
void expect_go_runtime() noexcept;

/// Whether Go ends the program for that fault, if its handler gets it: there is a Go runtime, and
/// the code is not Go's.
bool is_fatal_to_go(const siginfo_t& info, const ucontext_t& interrupted) noexcept;

/// Whether that signal is how Go ends the program after a crash that is recorded: told to by
/// GOTRACEBACK=crash, and in libraries always, it raises SIGABRT after its report.
bool is_end_by_go(const siginfo_t& info, const ucontext_t& interrupted) noexcept;

}  // namespace dblog::crash
