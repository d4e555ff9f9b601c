// Where the other threads of the process are while one of them crashes: each is sent a signal and
// stores its own stack.
// Context: handler only, except choose_thread_signal() (setup).
#pragma once

#include <cstdint>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

/// Finds a signal that the program does not use. To be called before a crash.
void choose_thread_signal() noexcept;

/// The one that was chosen; 0 if none is free. Handlers of ours must not block it.
int thread_signal() noexcept;

/// Fills `record.threads` and waits for the threads' answers until none has come for
/// `patience_ns`, at most for two seconds. A thread that blocks the signal is not waited for.
/// Interrupted system calls of the others are restarted by the kernel where it can (signal(7)), in
/// case that the program survives.
void capture_other_threads(CrashRecord& record, std::int64_t patience_ns) noexcept;

}  // namespace dblog::crash
