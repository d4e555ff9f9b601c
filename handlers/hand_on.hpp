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

/// Whether `action` is a handler, and not SIG_DFL or SIG_IGN.
bool is_function(const struct sigaction& action) noexcept;

/// Calls the handler `previous` as the kernel would have, with ours out of the way, and puts ours
/// back behind it. False if it has put something else in its own place. Not noexcept, as above.
bool call_previous(int signal, siginfo_t* info, void* interrupted,
                   const struct sigaction& previous);

/// Takes ours away and leaves the signal pending, as hand_on() does for the default action.
void die_of(int signal, siginfo_t* info) noexcept;

}  // namespace dblog::crash
