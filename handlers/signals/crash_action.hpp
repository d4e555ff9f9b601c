// Which disposition is that of our crash handler: the handler itself stands above this room.
// Context: crash time, except for set_crash_handler() (setup).
#pragma once

#include <csignal>

namespace dblog::crash {

using CrashHandler = void (*)(int signal, siginfo_t* info, void* interrupted);

/// Before it is installed for the first signal. There is one.
void set_crash_handler(CrashHandler handler) noexcept;

/// What the kernel has while it is in force.
struct sigaction crash_action() noexcept;

bool is_crash_handler(const struct sigaction& action) noexcept;

/// Whether that is its address, which is all that signal() gives to the program.
bool is_at_crash_handler(void (*handler)(int)) noexcept;

}  // namespace dblog::crash
