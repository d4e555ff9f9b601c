// Lines of a source file around the one that a frame names. Called by the pages. The path comes
// from a database and may be anything, and what is shown may travel on: only regular files with a
// source file's ending, of root's or the user's own, are opened, for reading, and of a bounded
// size; no link at the end of a path is followed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/config/path_map.hpp"

namespace dblog::tool {

struct SourceLine {
  std::int64_t number = 0;
  std::string text;  ///< As in the file, cut to 200 bytes: escape it.
};

struct SourceExcerpt {
  std::vector<SourceLine> lines;
  std::string changed;  ///< Local date of the file's last change, as in the database.
};

/// Whether the files that a database names are read at all: only if no other user can have put the
/// names there. Otherwise he could make root show a file that is not for him.
bool may_name_sources(const std::filesystem::path& database);

/// Which files are read, and where they are.
struct SourceFiles {
  bool may_be_read = false;  ///< See may_name_sources().
  config::PathMap path_map;
};

/// `line` and `around` lines before and after it. Nothing if the file or the line is not there.
std::optional<SourceExcerpt> read_source(const std::filesystem::path& file, std::int64_t line,
                                         std::int64_t around);

}  // namespace dblog::tool
