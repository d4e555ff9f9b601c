// Local dates of the database with their distance from UTC, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/reader/reader.hpp"
#include "src/sqlite/row.hpp"

namespace dblog::report {

/// "2026-11-30 10:00:00 +01:00", of a local date and the seconds that it is east of UTC; the
/// fraction of a second stays. Without the distance if that is not known or cannot be one.
[[nodiscard]] std::string time_text(std::string_view date, std::optional<std::int64_t> utc_offset);

/// The same of a local date and what it is in microseconds since 1970. Without the distance, too,
/// if they are different times.
[[nodiscard]] std::string time_text_of_utc(std::string_view date, std::optional<std::int64_t> utc);

/// The same of a row's columns `column` and `column`_utc; nothing if the first is NULL.
[[nodiscard]] std::optional<std::string> stored_time_text(const sqlite::Row& row,
                                                          const std::string& column);

/// The same of an entry's date; nothing if that is NULL.
[[nodiscard]] std::optional<std::string> time_text(const reader::Entry& entry);

/// The same of a time in ISO 8601, as a view has it: "2026-11-30T10:00:00.123456+01:00".
[[nodiscard]] std::string time_text_of_iso(std::string_view time);

/// The same, to the second.
[[nodiscard]] std::string to_seconds(const std::string& time);

}  // namespace dblog::report
