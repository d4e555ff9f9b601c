// A crash on trial: a child installs the handlers as a program does, for a database of its own in
// the place of the real one, and faults.
// Called by `dblog doctor`. Threads: while there is only one (fork()).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dblog/handlers.hpp"

namespace dblog::run {

struct CrashTrial {
  std::string obstacle;                         ///< Why nothing could be tried; empty: it was.
  std::vector<InstallReport::Missing> missing;  ///< As InstallReport has it.
  pid_t process = -1;
  int wait_status = 0;           ///< As of waitpid(2): SIGSEGV, if all went well.
  std::int64_t nanoseconds = 0;  ///< From the fault to the end of the process.
  bool was_killed = false;       ///< It did not end within ten seconds.
};

/// Of a fault in memory. `database`: an absolute path where no file is; its directory exists.
/// `env_file`: as HandlerOptions::env_file. No messages, no tool, no core.
[[nodiscard]] CrashTrial try_crash(const std::filesystem::path& database,
                                   const std::filesystem::path& env_file);

}  // namespace dblog::run
