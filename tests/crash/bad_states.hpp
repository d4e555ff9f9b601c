// The bad states of bad_state_child that need more than a few lines: bad_states.cpp.
#pragma once

#include <string>
#include <vector>

namespace dblog::test {

void write_to_null();

/// Runs `routine` in a thread of C11's thrd_create().
void run_in_c11_thread(int (*routine)(void*));

/// The black boxes in the working directory.
std::vector<std::string> boxes_here();

/// A seccomp filter under which system calls that the handler likes to make fail with EPERM, or
/// raise SIGSYS.
void forbid_calls_with_error();
void forbid_calls_with_signal();

/// From now on fdatasync() and fsync() do not return.
void make_disk_slow();

/// Until nothing more can be written to the working directory.
void fill_the_disk();

/// Loads the library named by $PLUGIN, whose constructor crashes.
void load_crashing_plugin();

/// Starts and joins $THREADS threads; ends with status 1 if memory or mappings have grown.
void run_short_threads();

}  // namespace dblog::test
