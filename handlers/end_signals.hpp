// Ends that are no crash and run no exit function: SIGTERM, SIGINT and SIGHUP by their default
// action, as supervisors and terminals send them. The black box is taken away, or the next run
// would report that the program was killed.
// Context: set-up; the handler itself: handler only.
#pragma once

namespace dblog::crash {

/// Where the program has no handler of its own and does not ignore the signal. A handler that the
/// program installs later replaces ours.
void watch_end_signals() noexcept;

/// Back to the default action, where ours is still in force.
void stop_watching_end_signals() noexcept;

}  // namespace dblog::crash
