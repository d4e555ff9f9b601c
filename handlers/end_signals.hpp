// Ends that are no crash and run no exit function, by the default action of a signal. At SIGTERM,
// SIGINT and SIGHUP, as supervisors and terminals send them, the black box is taken away, or the
// next run would report that the program was killed. At the other signals that kill a program that
// does not handle them (SIGPIPE, SIGALRM, SIGUSR1, …) the box is told which one it was. The process
// dies of the signal either way.
// Context: set-up; the handler itself: handler only.
#pragma once

namespace dblog::crash {

/// Where the program has no handler of its own and does not ignore the signal. A handler that the
/// program installs later replaces ours.
void watch_end_signals() noexcept;

/// Back to the default action, where ours is still in force.
void stop_watching_end_signals() noexcept;

}  // namespace dblog::crash
