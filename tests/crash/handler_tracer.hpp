// Runs a dying program under ptrace and meddles with one system call of what runs after its crash.
// x86-64 only: it reads and writes registers.
//
// The program says "from here on" with a breakpoint instruction, and names there two functions of
// its own that the tracer may send it to: abort() and one that throws (crash_child's "traced"). A
// second one says "no further".
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace dblog::test {

enum class Meddling {
  nothing,
  fail,      ///< the call is not made and returns an error
  kill,      ///< SIGKILL in place of the call
  fault,     ///< a jump to address 0 after the call
  abort,     ///< abort() after the call
  exception  ///< an uncaught exception, after the call
};

struct Meddler {
  Meddling what = Meddling::nothing;
  int at = 0;                ///< which call, from 0 on; rt_sigreturn does not count
  int error = 0;             ///< for `fail`
  bool goes_on = false;      ///< `fail`: every call from there on, but those by which it dies
  std::string name() const;  ///< for messages
};

struct TracedDeath {
  int wait_status = 0;
  bool timed_out = false;  ///< then it was killed
  pid_t process_id = 0;
  std::vector<long> calls;  ///< the numbers of the calls that were counted
  std::string err;          ///< what it printed on stderr
};

/// `command` runs in `directory`, which gets a file of its stderr for the time.
TracedDeath run_traced(const std::vector<std::string>& command,
                       const std::filesystem::path& directory, const Meddler& meddler);

}  // namespace dblog::test
