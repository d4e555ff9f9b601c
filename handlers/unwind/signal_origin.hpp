// What is behind a signal that the program sent itself, as the stack tells: abort(), or a handler
// that gives up the fault that it was called for.
// Context: crash time, except for find_abort() (setup).
#pragma once

#include <ucontext.h>

#include <csignal>

namespace dblog::crash {

/// Looks up where abort() begins. Context: setup; takes the loader's lock.
void find_abort() noexcept;

/// Whether abort() may have raised it: raise() looks the same, and so does pthread_kill().
bool may_be_abort(const siginfo_t& info) noexcept;

/// Whether abort() has called what `context` interrupted. True as well where the stack cannot be
/// walked so far: abort() is the usual reason for such a signal.
bool is_in_abort(const ucontext_t& context) noexcept;

/// A fault that a handler on this thread's stack was called for, where the kernel put it.
struct HandledFault {
  siginfo_t* info = nullptr;  ///< null: there is none
  ucontext_t* context = nullptr;
};

/// The fault by `signal` that one of the innermost `most_handlers` handlers was called for.
HandledFault find_handled_fault(int signal, int most_handlers) noexcept;

}  // namespace dblog::crash
