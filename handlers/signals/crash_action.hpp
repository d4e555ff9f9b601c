// Which dispositions are those of our crash handler: the handler itself stands above this room.
// Context: crash time, except for set_crash_handler() and watch_crash_signal() (setup).
#pragma once

#include <csignal>

namespace dblog::crash {

using CrashHandler = void (*)(int signal, siginfo_t* info, void* interrupted);

/// Before it is installed for the first signal. There is one, and a second one that takes its place
/// where the program puts the default action back.
void set_crash_handler(CrashHandler handler, CrashHandler by_default) noexcept;

/// From here on, or no longer, the default action of `signal` is the second one's. Context: setup.
void watch_crash_signal(int signal, bool is_on) noexcept;
bool is_crash_signal(int signal) noexcept;

/// What the kernel has while it is in force.
struct sigaction crash_action() noexcept;

/// Likewise, once the program has put the default action back: the crash is recorded, and the
/// process dies by the default action, whatever handler was there before ours.
struct sigaction crash_action_by_default() noexcept;

bool is_crash_handler(const struct sigaction& action) noexcept;

/// Whether that is its address, which is all that signal() gives to the program.
bool is_at_crash_handler(void (*handler)(int)) noexcept;

}  // namespace dblog::crash
