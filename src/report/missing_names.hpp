// What a report says whose functions have no names: of which files they are missing, and how to get
// them. Called for pages and messages. What is returned holds stored text: escape it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/reader/reader.hpp"
#include "src/report/frame_text.hpp"

namespace dblog::report {

struct UnnamedModule {
  std::string path;
  std::string build_id;    ///< Empty if it has none.
  std::size_t frames = 0;  ///< Of the program's own, without a name.
  std::string doubt;       ///< "file of another build not read", of the first such frame; or empty
};

/// Those of the program's own (is_program_frame()) whose names were looked for, the innermost
/// first, 4 at most.
[[nodiscard]] std::vector<UnnamedModule> unnamed_modules(const Frames& frames);

/// "3 frames of /opt/app (build id ab12) have no name; file of another build not read".
[[nodiscard]] std::string unnamed_text(const UnnamedModule& module);

/// "dblog symbolize 2 --debug-dir DIR"; as show_command() otherwise.
[[nodiscard]] std::string symbolize_command(const reader::EntryId& id, const std::string& database);

/// What to do about it, for a page: the command, and what DIR is to have in it.
[[nodiscard]] std::string naming_advice(const reader::EntryId& id);

}  // namespace dblog::report
