// After the record: what would have happened without us.
// Context: handler only.
#pragma once

#include <csignal>

namespace dblog::crash {

/// Gives the signal to `previous`, the disposition that ours replaced, and takes ours out of the
/// way for this signal while it acts. A handler is called as the kernel would have called it; if it
/// returns, so does this, and the program goes on. For the default action this returns with the
/// signal pending, so that the process dies of it, with its own siginfo and its own registers in
/// the core, as soon as the handler returns. True if the program may go on living. Not noexcept: a
/// handler may end its thread, which unwinds.
bool hand_on(int signal, siginfo_t* info, void* interrupted, const struct sigaction& previous);

}  // namespace dblog::crash
