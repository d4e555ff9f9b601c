// outbox.next_attempt: written as local time like every date of the database, beside the same in
// UTC (next_attempt_utc), which counts; read as people and scripts write it too: local time with '
// ' or 'T', or a number since 1970.
//
// A script that writes the local time alone leaves a UTC beside it that is another time: then the
// local time counts. In the hour that comes twice when summer time ends, that one ends up to an
// hour early or late; what dblog wrote does not.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dblog/event.hpp"

namespace dblog::outbox {

/// SQL: whether `column`_utc is the time that `column` shows in this process's time zone.
[[nodiscard]] std::string counts_in_utc(const std::string& column);

/// SQL: `column`_utc if it counts, else NULL.
[[nodiscard]] std::string utc_that_counts(const std::string& column);

/// The time of two such columns.
[[nodiscard]] std::optional<Timestamp> stored_time(SQLite::Statement& row, int local, int utc);

/// Local dates may sort so far from the order of their times, when a clock is put back or forward.
inline constexpr std::chrono::hours kClockChange{3};

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
  bool is_due_by_text = true;  ///< Else only what is due in UTC.
};

/// Together: every value that means a time up to `now`, or one that lies so far ahead that a wrong
/// clock wrote it. Numbers are seconds, milliseconds or
/// microseconds since 1970, told apart by their size.
[[nodiscard]] std::vector<DateRange> due_ranges(Timestamp now);

[[nodiscard]] std::int64_t microseconds_of(Timestamp time);
[[nodiscard]] Timestamp time_of(std::int64_t microseconds);

}  // namespace dblog::outbox
