// The state of a database as a file. Called by `dblog doctor`. Writes nothing.
#pragma once

#include <filesystem>
#include <string>

#include "src/base/result.hpp"

namespace dblog::reader {

struct FileCheck {
  int schema = 0;      ///< PRAGMA user_version; 0: empty, or of the older project.
  std::string damage;  ///< What SQLite's quick check finds first; empty: nothing.
};

/// Fails as Reader::open() does. Cost: every page is read once; given up with an error after half
/// a minute.
base::Result<FileCheck> check_file(const std::filesystem::path& database);

}  // namespace dblog::reader
