// What our handlers block while they run, and the signals that must reach them nevertheless.
// Context: crash time.
#pragma once

#include <csignal>

namespace dblog::crash {

/// The deadline's timer.
inline int timer_signal() noexcept { return SIGRTMAX - 2; }

/// Everything but crashes, which the kernel would answer by killing the process, the deadline's
/// timer, and the question where a thread is (thread_stacks.hpp).
sigset_t handler_mask() noexcept;

}  // namespace dblog::crash
