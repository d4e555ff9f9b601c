// How a person names a crash or an event: "7" or "crashes/7", "error_table/3".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/reader/reader.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

/// Nothing if `text` is no such name. A bare number is one of `default_table`.
std::optional<reader::EntryId> parse_entry_id(std::string_view text,
                                              std::string_view default_table = reader::kCrashTable);

inline constexpr std::string_view kLastCrash = "last";

/// The same, kLastCrash for the newest crash, or a crash by the beginning of its UUID or of its
/// group's fingerprint, which means the newest crash of it. Fails as Reader::crash() does.
base::Result<reader::EntryId> find_entry_id(reader::Reader& reader, const std::string& text);

/// Whether find_entry_id() could find something in some database; what to say if not.
bool may_be_entry_id(const std::string& text);
Outcome no_entry_id(const std::string& text);

/// What parse_entry_id() reads back; the table as it is, not escaped.
std::string entry_id_text(const reader::Entry& entry);

}  // namespace dblog::tool
