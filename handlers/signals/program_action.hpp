// What the program would have for a crash signal if we were not there.
// Context: handler only, except for what is about setting up.
#pragma once

#include <csignal>

namespace dblog::crash {

/// In place of what our handler that is called stands: of what was there before it, or of the
/// default action, which the program has put back since.
enum class Stands : unsigned char { for_previous, for_default };

/// Puts ours in the place of what is there, and remembers that. errno, or 0.
int take_over(int signal) noexcept;

/// From here on the program sees the default action where a signal had that, and not our handler.
/// Some runtimes, Rust's standard library among them, install a handler only where they see none.
/// Context: setup.
void keep_default_actions_visible() noexcept;

/// The program's action, where ours is still in force.
void give_back(int signal) noexcept;

struct sigaction program_action(int signal, Stands stands) noexcept;

/// The same, for who is about to call it: a handler with SA_RESETHAND is given to one thread only.
/// The kernel would have taken it away; here that is noted, and ours stays.
struct sigaction take_program_action(int signal, Stands stands) noexcept;

/// The same as it lies in memory, for code that may not use the thread's own; null: no function.
__attribute__((no_stack_protector)) const struct sigaction* take_program_handler(
    int signal, Stands stands) noexcept;

/// Whether the program ignores the signal: the kernel kills for faults all the same, and abort()
/// for SIGABRT.
bool is_ignored(const struct sigaction& action, const siginfo_t& info) noexcept;

/// A handler with SA_RESETHAND was called.
bool is_used_up(int signal) noexcept;

/// raise() in a handler whose signal has its default action by then, seen from the end of that
/// handler: the process is to die.
bool is_pending_death(int signal, const void* interrupted) noexcept;

}  // namespace dblog::crash
