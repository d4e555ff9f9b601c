// Notes which system calls a program makes between two points of it that it marks with a breakpoint
// instruction (stop_for_tracer()), or from the first one to its death.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dblog::test {

struct WatchedCalls {
  int wait_status = 0;
  bool timed_out = false;  ///< then it was killed
  std::vector<long> own;   ///< numbers, in order: the thread that stopped at the breakpoint
  /// What other threads do in a handler of a signal, and processes that it makes until they run
  /// another program.
  std::vector<long> others;
  std::string err;  ///< what it printed on stderr
};

/// `command` runs in `directory` with `environment` besides (traced_child.hpp).
WatchedCalls watch_calls(const std::vector<std::string>& command,
                         const std::filesystem::path& directory,
                         const std::vector<std::string>& environment = {});

}  // namespace dblog::test
