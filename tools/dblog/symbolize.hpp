// dblog symbolize [ID…]: gives frames their names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct SymbolizeOptions {
  std::vector<std::string> ids;  ///< As `dblog list` prints them; none: everything without names.
  bool retry = false;
  bool json = false;
  std::vector<std::string> debug_directories;  ///< Searched first, by build id.
};

Outcome symbolize(const std::filesystem::path& database, const SymbolizeOptions& options);

}  // namespace dblog::tool
