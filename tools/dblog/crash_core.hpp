// The core of a crash: what the row tells about it, and where the system has put it.
// Called by `dblog gdb`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/reader/reader.hpp"
#include "tools/dblog/core_pattern.hpp"

namespace dblog::tool {

/// What is recorded of a crashed process; empty, 0 or -1 where it is not.
struct CrashedProcess {
  std::int64_t crash = 0;  ///< Its id in the database.
  std::int64_t process_id = 0;
  std::int64_t thread_id = 0;
  std::int64_t signal = 0;
  std::int64_t user_id = -1;
  std::int64_t seconds = 0;  ///< Since 1970, when it crashed.
  std::string thread_name;
  std::string host;
  std::string executable;
  std::string build_id;  ///< Of the executable, if it is on the stack.
  std::string directory;
};

CrashedProcess crashed_process(const reader::Details& crash);

/// The names that the pattern may have given to its core, as glob(7) patterns: absolute, in the
/// directory where the process was installed. Empty: that directory is not recorded.
std::string core_name_pattern(const CorePattern& pattern, const CrashedProcess& process);

/// The newest file of such a name that is its core: by process id, signal, program and time.
base::Result<std::filesystem::path> find_core_file(const CorePattern& pattern,
                                                   const CrashedProcess& process);

/// Why `core` is not its core; empty: it is.
std::string refusal_of_core(const std::filesystem::path& core, const CrashedProcess& process);

/// What tells coredumpctl which core it is: COREDUMP_PID=4711 and others.
base::Result<std::vector<std::string>> find_coredumpctl_matches(const CrashedProcess& process);

}  // namespace dblog::tool
