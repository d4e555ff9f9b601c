// dblog group: what a person decides about a group of crashes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "src/reader/reader.hpp"
#include "src/sqlite/row.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct GroupOptions {
  std::string group;  ///< The beginning of a fingerprint, or a crash of the group.
  std::string release;
  std::string until;     ///< A local time.
  std::string duration;  ///< In place of `until`.
  std::string note;
  bool json = false;
};

/// Each prints the group's fingerprint and its state.
Outcome group_resolve(const std::filesystem::path& database, const GroupOptions& options);
Outcome group_ignore(const std::filesystem::path& database, const GroupOptions& options);
Outcome group_mute(const std::filesystem::path& database, const GroupOptions& options);
Outcome group_note(const std::filesystem::path& database, const GroupOptions& options);
Outcome group_reopen(const std::filesystem::path& database, const GroupOptions& options);

/// What a list says of a crash's group beside the crash: "[ignored] ", or nothing for a state that
/// is `open`, or `muted` until a time that is over.
std::string group_mark(const std::optional<sqlite::Row>& state);

}  // namespace dblog::tool
