// After the record: what would have happened without us.
// Context: handler only.
#pragma once

#include <csignal>

namespace dblog::crash {

/// Gives the signal to `previous`, the disposition that ours replaced. A handler is called
/// directly, with the kernel's mask, siginfo and context; if it returns, so does this, and the
/// program goes on. Ours stays in force all the while: what is changed here is changed for all
/// threads, and others may be repaired by that handler just then. For the default action this
/// returns with the signal pending, so that the process dies of it, with its own siginfo and its
/// own registers in the core, as soon as the handler returns. True if the program may go on living.
/// Not noexcept: a handler may end its thread, which unwinds.
bool chain_to_previous(int signal, siginfo_t* info, void* interrupted,
                       const struct sigaction& previous);

/// Calls the handler `previous` as the kernel would have. SA_RESETHAND is the caller's to care for,
/// and SA_ONSTACK is what the kernel made of ours: the handler runs on the alternate stack if the
/// thread has one. Not noexcept, as above.
void call_previous(int signal, siginfo_t* info, void* interrupted,
                   const struct sigaction& previous);

/// Takes ours away and leaves the signal pending: the process dies as soon as the handler returns.
void die_of(int signal, siginfo_t* info) noexcept;

/// Sends the signal to this thread once more, with all that the kernel said of it.
void send_again(int signal, siginfo_t* info) noexcept;

}  // namespace dblog::crash
