// What crash_child may be asked for besides its way to die.
#pragma once

#include <dblog/dblog.hpp>

namespace dblog::test {

struct DyingOptions {
  dblog::HandlerOptions handlers;
  bool install = true;
  bool in_thread = false;
  bool is_locked = false;
  bool is_traced = false;
  bool has_other_threads = false;
};

/// From main()'s arguments after the second. Installs the handlers that are to be there before
/// dblog's.
DyingOptions read_options(int argc, char** argv);

/// Handlers that end the process their own way: of a signal, and of std::terminate.
void exit_3(int);
[[noreturn]] void exit_4();

/// Tells a tracer that the crash comes next, and where two functions are that it may call.
void stop_for_tracer();

/// Three, for as long as this process lives; one of them blocks all signals.
void start_threads_that_wait();

/// SQLite's write lock in WAL mode, for as long as this process lives.
void hold_the_write_lock_in_another_process();

}  // namespace dblog::test
