// What the verbs that read say when the database does not hold everything yet.
#pragma once

#include <filesystem>
#include <string>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

/// "LOGS.db: 2 files of processes that are gone wait beside it: dblog recover"; empty if there are
/// none.
std::string waiting_files_notice(const std::filesystem::path& database);

/// The database could not be opened, and what waits beside it all the same.
Outcome open_failure_beside_files(const base::Error& error, const std::filesystem::path& database);

}  // namespace dblog::tool
