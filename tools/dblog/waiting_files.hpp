// What list and groups say when the database does not hold everything yet.
#pragma once

#include <filesystem>
#include <string>

namespace dblog::tool {

/// "LOGS.db: 2 files of processes that are gone wait beside it: dblog recover"; empty if there are
/// none.
std::string waiting_files_notice(const std::filesystem::path& database);

}  // namespace dblog::tool
