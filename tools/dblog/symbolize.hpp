// dblog symbolize [ID…]: gives frames their names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/store/reader.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct SymbolizeOptions {
  std::vector<std::string> ids;  ///< As `dblog list` prints them; none: everything without names.
  bool retry = false;
  bool json = false;
  std::vector<std::string> debug_directories;  ///< Searched first, by build id.
};

Outcome symbolize(const std::filesystem::path& database, const SymbolizeOptions& options);

/// For verbs that show or import something: names what `ids` name, or without any the newest
/// crashes, as far as that can be done within a few seconds. That it cannot be done (a database
/// that may only be read, for one) is no reason not to show what is there.
void name_frames_if_possible(const std::filesystem::path& database,
                             const std::vector<store::EntryId>& ids);

}  // namespace dblog::tool
