// The crash on trial of `dblog doctor`: in a database of its own beside the real one, read back,
// and removed.
#pragma once

#include <filesystem>
#include <string>

#include "tools/dblog/doctor_check.hpp"

namespace dblog::tool {

Checks try_crash_at(const std::filesystem::path& database, const std::string& env_file);

}  // namespace dblog::tool
