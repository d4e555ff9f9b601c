// The machine's CPU and memory facts as config/config.json beside the database, so that
// the reader of a report knows what the program ran on. Called when a dblog::Monitor is made, and
// at a logger's first push with hardware; docs/schema.md lists the fields. Holds nothing of the
// environment or the settings. Threads: any; writers in several threads and processes replace each
// other's file, whole.
#pragma once

#include <filesystem>
#include <string>

#include "src/base/result.hpp"

namespace dblog::monitor {

/// Where the facts are read. Another machine's files can be given.
struct MachineSources {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";
};

/// The facts as JSON text. Meanings are psutil's; what the machine does not tell is null. CPU usage
/// is measured since the machine's start, because anything else would have to wait.
[[nodiscard]] std::string machine_facts_text(const MachineSources& sources = {});

/// Writes config/config.json in a directory that is there, and returns its path. The directory
/// config is made if it is missing; the file is there whole or not at all, with mode 0600. Never
/// throws.
base::Result<std::filesystem::path> write_machine_facts(const std::filesystem::path& directory);

}  // namespace dblog::monitor
