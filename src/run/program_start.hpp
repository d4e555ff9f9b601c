// Starts a program as a shell would: found in PATH, in this process group, with these descriptors,
// this terminal and the signals as this process got them.
// Threads: while there is only one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.hpp"

namespace dblog::run {

/// The file that a start of `program` would run, as execvp(3) looks for it; `program` itself if
/// there is none.
[[nodiscard]] std::filesystem::path find_program(const std::string& program);

/// This process's: "NAME=VALUE".
[[nodiscard]] std::vector<std::string> present_environment();

/// What `environment` has for a process id that the program alone has: kOnlyProcess
/// (preload_variables.hpp) is set to it.
inline constexpr char kIdToCome[] = "00000000000";

/// Starts it; `arguments` begins with the program's name and is not empty. Every signal should be
/// blocked here, so that none is lost: the program has the inherited mask. An error: `not_found`,
/// or why it is not run; nothing was started then.
[[nodiscard]] base::Result<pid_t> start_program(const std::vector<std::string>& arguments,
                                                const std::vector<std::string>& environment);

}  // namespace dblog::run
