// dblog run -- PROGRAM ARGUMENTS: runs a program as it is, and records how it ends.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct RunOptions {
  std::vector<std::string> command;  ///< The program and its arguments.
  std::string release;
  std::string environment;
  std::string env_file;
  bool slack = false;
  bool email = false;
  bool no_handlers = false;    ///< Only wait: the program gets no handlers.
  bool with_children = false;  ///< What the program starts gets handlers, too.
  bool quiet = false;          ///< Say nothing of a death on stderr.
};

/// Exit codes of the tool's own: 126 if the program cannot be run, 127 if it is not found.
Outcome run(const std::filesystem::path& database, const RunOptions& options);

/// Of a program that run::start_program() could not start.
Outcome not_started(const base::Error& error);

}  // namespace dblog::tool
