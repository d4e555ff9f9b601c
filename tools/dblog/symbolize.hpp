// dblog symbolize [ID…]: gives frames their names.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct SymbolizeOptions {
  std::vector<std::string> ids;  ///< As `dblog list` prints them; none: everything without names.
  bool retry = false;
  bool json = false;
  std::vector<std::string> debug_directories;  ///< Searched first, by build id; means `retry`, too.
  std::string env_file;                        ///< With settings; empty: the usual one.
  std::function<void(const std::string&)> show_progress = [](const std::string&) {};
};

Outcome symbolize(const std::filesystem::path& database, const SymbolizeOptions& options);

}  // namespace dblog::tool
