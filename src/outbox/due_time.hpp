// outbox.next_attempt: written as local time like every date of the database, read as people and
// scripts write it too: local time with ' ' or 'T', or a number since 1970.
//
// Local time has one hour twice a year's end of summer: a wait that ends in it ends up to an hour
// late, never early.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dblog/event.hpp"

namespace dblog::outbox {

/// The text for a time that must lie after `now`, as texts compare too.
[[nodiscard]] std::string next_attempt_text(Timestamp now, Timestamp when);

/// The time that a value of next_attempt means; nothing if it means none.
[[nodiscard]] std::optional<Timestamp> parse_date(std::string_view text);

/// No flush writes down a longer wait: the silence that ends a conversation takes two days, and the
/// end of summer time an hour more.
inline constexpr std::chrono::hours kLongestWait{49};

/// A text above which no date waits: the day after that on which the longest wait would end.
[[nodiscard]] std::string first_impossible_day(Timestamp now);

/// Bounds of values that are due, for comparisons in SQL: a number or a text.
using DateBound = std::variant<double, std::string>;
struct DateRange {
  DateBound low;
  DateBound high;
};

/// Together: every value that means a time up to `now`, or one that lies so far ahead that a wrong
/// clock wrote it. Numbers are seconds, milliseconds or
/// microseconds since 1970, told apart by their size.
[[nodiscard]] std::vector<DateRange> due_ranges(Timestamp now);

[[nodiscard]] std::int64_t microseconds_of(Timestamp time);
[[nodiscard]] Timestamp time_of(std::int64_t microseconds);

}  // namespace dblog::outbox
