// The database of loggers and monitors that name none.
// Used by EventLogger and Monitor; set by install_handlers(). Threads: any; no locks, so a forked
// child may use it whatever the other threads did.
#pragma once

#include <filesystem>

#include "src/result/result.hpp"

namespace dblog {

/// What install_handlers() was given. Counts for those who ask later; empty takes it back.
void set_default_database(const std::filesystem::path& database);

/// The path that was set, else $DBLOG_DB, else ./LOGS.db. Made absolute when it is set or first
/// asked for, and from then on the same, wherever the program changes to. Fails if the working
/// directory is needed and gone.
[[nodiscard]] Result<std::filesystem::path> default_database();

}  // namespace dblog
