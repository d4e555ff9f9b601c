// Ends that are no crash and run no exit function, by the default action of a signal. At SIGTERM,
// SIGINT and SIGHUP, as supervisors and terminals send them, the black box is taken away, or the
// next run would report that the program was killed. At the other signals that kill a program that
// does not handle them (SIGPIPE, SIGALRM, SIGUSR1, …) the box is told which one it was. The process
// dies of the signal either way.
// The program sees none of this: action_watch.cpp tells it of the default action, lets a handler of
// its own take the place of ours, and brings ours back when it puts the default action back. Where
// the program's calls do not come there, these signals are left alone.
// Context: setup; the handlers themselves: handler only; the translations: crash time.
#pragma once

#include <csignal>

namespace dblog::crash {

/// Where the program has no handler of its own and does not ignore the signal. Not in the first
/// process of a container, which the default action of a signal does not end.
/// `at_end` runs in the handler of the three.
void watch_termination_signals(void (*at_end)() noexcept) noexcept;

/// Back to the default action, where ours is still in force.
void stop_watching_termination_signals() noexcept;

/// What the kernel is to be told when the program wants `wanted`.
struct sigaction for_the_kernel(int signal, const struct sigaction& wanted) noexcept;

/// The handler that the program asked for last, with its flags; none: a null handler.
struct sigaction asked_action(int signal) noexcept;

/// What the program is told when the kernel has, or had, `present`, while `asked` was what it had
/// asked for.
struct sigaction as_the_program_sees(int signal, const struct sigaction& present,
                                     const struct sigaction& asked) noexcept;

}  // namespace dblog::crash
