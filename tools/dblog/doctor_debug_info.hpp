// Whether frames of a program would get their names: the symbolizer is asked about places of its
// code. Used by `dblog doctor`.
#pragma once

#include <filesystem>
#include <string>

#include "tools/dblog/doctor_check.hpp"

namespace dblog::tool {

/// `program`: an absolute path.
Check check_debug_info(const std::filesystem::path& program, const std::string& env_file);

}  // namespace dblog::tool
