// Whether a program or library has a copy of dblog in it, also if it is stripped.
// Threads: any.
#pragma once

#include <filesystem>

namespace dblog::run {

/// Reads the file to its end, or to the tables' SQL, which each copy has. False if it cannot be
/// read.
[[nodiscard]] bool has_dblog_inside(const std::filesystem::path& file);

}  // namespace dblog::run
