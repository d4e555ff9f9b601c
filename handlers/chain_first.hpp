// Handlers that were there before dblog and live on faults (a Java VM, V8, a garbage collector):
// they see each fault first, and only what they leave is a crash.
// Context: handler only.
#pragma once

#include <csignal>

namespace dblog::crash {

/// Gives a fault to `previous`, which must be a function. True if it took care of it: it moved the
/// program to another place, or the faulting instruction may be tried again. False if it left the
/// fault as it was, or put another handler in its place: the process is to be recorded and to die.
/// A fault that comes again, with all registers as they were, was not repaired.
bool previous_takes_care(int signal, siginfo_t* info, void* interrupted,
                         const struct sigaction& previous);

}  // namespace dblog::crash
