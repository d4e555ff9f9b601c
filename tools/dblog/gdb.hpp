// dblog gdb: a debugger with the core of a crash, where the system has kept one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct GdbOptions {
  std::string id = "last";             ///< Of the crash.
  std::vector<std::string> arguments;  ///< For gdb.
  std::string core;                    ///< This file, instead of looking for one.
  bool print = false;                  ///< Say the command, start nothing.
  std::string env_file;
};

/// Runs gdb, or coredumpctl where systemd keeps the cores, and ends as that does. Exit codes of the
/// tool's own as for run().
Outcome gdb(const std::filesystem::path& database, const GdbOptions& options);

}  // namespace dblog::tool
