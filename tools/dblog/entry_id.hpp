// How a person names a crash or an event: "7" or "crashes/7", "error_table/3".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/reader/reader.hpp"

namespace dblog::tool {

/// Nothing if `text` is no such name. A bare number is one of `default_table`.
std::optional<reader::EntryId> parse_entry_id(std::string_view text,
                                              std::string_view default_table = reader::kCrashTable);

/// What parse_entry_id() reads back; the table as it is, not escaped.
std::string entry_id_text(const reader::Entry& entry);

}  // namespace dblog::tool
