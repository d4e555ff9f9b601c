// The database of loggers and monitors that name none.
// Used by EventLogger and Monitor; set by install_handlers(). Threads: any; no locks, so a forked
// child may use it whatever the other threads did.
#pragma once

#include <filesystem>

#include "src/base/result.hpp"

namespace dblog::api {

/// Where a path that the program names leads. Fails for a relative one if the working directory is
/// gone, or if it is not to be trusted: the caller of a setuid program chose it.
[[nodiscard]] base::Result<std::filesystem::path> absolute_database(
    const std::filesystem::path& path);

/// What install_handlers() was given. Counts for those who ask later; empty takes it back.
void set_default_database(const std::filesystem::path& database);

/// The path that was set, else $DBLOG_DB, else ./LOGS.db. Made absolute when it is set or first
/// asked for, and from then on the same, wherever the program changes to. Fails as
/// absolute_database() does.
[[nodiscard]] base::Result<std::filesystem::path> default_database();

}  // namespace dblog::api
