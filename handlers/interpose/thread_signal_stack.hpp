// An alternate signal stack for every thread, so that a stack overflow can be handled in any.
// sigaltstack(2) is per thread and not inherited by new threads: pthread_create is interposed.
// Context: setup. Runs when threads start and end, never in a handler.
#pragma once

namespace dblog::crash {

/// Gives the calling thread an alternate stack of 64 KiB below a guard page, unless it has one of
/// that size. Threads that start later get theirs by themselves. 0, or errno.
int give_this_thread_a_signal_stack() noexcept;

/// False where pthread_create could not be interposed (another library did, or the program is
/// linked without the dynamic loader): threads that start later have no alternate stack.
bool new_threads_get_signal_stacks() noexcept;

/// For threads that are not given one: from here on give_caller_a_signal_stack() does.
void give_callers_signal_stacks() noexcept;

/// In a thread that calls the library: one system call where give_callers_signal_stacks() was
/// called, else none. An alternate stack that the thread has stays, even a smaller one: it is its
/// runtime's.
void give_caller_a_signal_stack() noexcept;

/// The upper end of another such stack, for a purpose of its own; null: no memory.
char* top_of_new_signal_stack() noexcept;

}  // namespace dblog::crash
