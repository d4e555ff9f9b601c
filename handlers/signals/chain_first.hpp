// Handlers that were there before dblog and live on faults (a Java VM, V8, a garbage collector):
// they see each fault first, and only what they leave is a crash.
// Context: handler only.
#pragma once

#include <csignal>
#include <cstdint>

namespace dblog::crash {

/// A fault that the previous handler is busy with.
struct ChainedFault {
  int signal;
  siginfo_t* info;
  void* interrupted;
  bool may_nest;     ///< it asked to be interrupted by its own signal: SA_NODEFER
  const void* self;  ///< where this lies, while it is true
};

/// Gives a fault to `previous`, which must be a function. True if it took care of it: it moved the
/// program to another place, put a handler of its own in our place, or the faulting instruction may
/// be tried again. False if it left the fault as it was: it put the default action in our place, or
/// the fault came again and again with all registers as they were. The process is to be recorded
/// and to die then. A crash signal that was sent does not come again by itself: a handler that
/// returns has taken care of it. No disposition is touched. Not noexcept: a handler may end its
/// thread.
bool previous_takes_care(int signal, siginfo_t* info, void* interrupted,
                         const struct sigaction& previous);

/// The fault of this thread that the code with this stack pointer is a handler's answer to, if that
/// handler was called by previous_takes_care() and has not returned: what it gives up with
/// (abort(), _exit(), a fault of its own) is that fault's end. Null: there is none.
const ChainedFault* chained_fault(std::uintptr_t stack_pointer) noexcept;

/// Whether a signal waits for the end of the handler that is busy with `fault`, as the kernel would
/// have blocked it for so long. abort() does not wait.
bool is_to_wait(const ChainedFault& fault, const siginfo_t& info, bool is_aborting) noexcept;

}  // namespace dblog::crash
