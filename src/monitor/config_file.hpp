// Puts config/config.json beside the database, atomically. Called by write_machine_facts().
// Never follows a symbolic link that another user could have put there, and never leaves a half
// written file, also when several threads and processes write at once.
#pragma once

#include <filesystem>
#include <string_view>

#include "src/base/result.hpp"

namespace dblog::monitor {

/// Replaces DIRECTORY/config/config.json (mode 0600) by `text`, making config (mode 0700) if it is
/// missing. A file that does not hold such facts is left alone, and an error; so is a directory
/// that others own or can write (src/base/trusted_file.hpp). `directory` must exist; empty is the
/// working directory. Not synced to the disk: after a power loss the old file may be back.
base::Result<std::filesystem::path> write_config_file(const std::filesystem::path& directory,
                                                      std::string_view text);

}  // namespace dblog::monitor
