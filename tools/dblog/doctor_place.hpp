// The database of `dblog doctor` and what it lies in: its directory, file system and disk.
#pragma once

#include <filesystem>

#include "tools/dblog/doctor_check.hpp"

namespace dblog::tool {

/// Changes nothing and makes no file.
Checks check_place(const std::filesystem::path& database);

}  // namespace dblog::tool
