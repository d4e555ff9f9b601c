// Dates in and out.
#include "src/outbox/due_time.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

namespace dblog::outbox {
namespace {

using std::chrono::microseconds;

// Above these a number since 1970 cannot be meant in the coarser unit: year 5138.
constexpr double kLeastMilliseconds = 1e11;
constexpr double kLeastMicroseconds = 1e14;
constexpr std::size_t kDayCharacters = 10;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  const char* end = text.data() + at + count;
  const auto [stop, failure] = std::from_chars(text.data() + at, end, value);
  if (failure != std::errc{} || stop != end || value < 0) return std::nullopt;
  return value;
}

std::int64_t fraction_of(std::string_view text) {
  std::int64_t value = 0;
  std::int64_t unit = 100'000;
  for (const char c : text) {
    if (c < '0' || c > '9') break;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value;
}

std::optional<Timestamp> parse_local(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  std::tm parts{};
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  parts.tm_hour = digits(text, 11, 2).value_or(0);
  parts.tm_min = digits(text, 14, 2).value_or(0);
  parts.tm_sec = digits(text, 17, 2).value_or(0);
  parts.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&parts);
  if (seconds == -1) return std::nullopt;
  const std::int64_t fraction =
      text.size() > 20 && text[19] == '.' ? fraction_of(text.substr(20)) : 0;
  return time_of(std::int64_t{seconds} * 1'000'000 + fraction);
}

std::optional<Timestamp> parse_number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  if (value < kLeastMilliseconds)
    value *= 1e6;
  else if (value < kLeastMicroseconds)
    value *= 1e3;
  constexpr double kMost = 9e18;
  if (std::abs(value) > kMost) return std::nullopt;
  return time_of(static_cast<std::int64_t>(value));
}

}  // namespace

std::int64_t microseconds_of(Timestamp time) { return time.time_since_epoch().count(); }

Timestamp time_of(std::int64_t value) { return Timestamp{microseconds{value}}; }

std::string counts_in_utc(const std::string& column) {
  return "datetime(" + column + "_utc / 1000000, 'unixepoch', 'localtime') IS substr(" + column +
         ", 1, 19)";
}

std::string utc_that_counts(const std::string& column) {
  return "CASE WHEN " + counts_in_utc(column) + " THEN " + column + "_utc END";
}

std::optional<Timestamp> stored_time(SQLite::Statement& row, int local, int utc) {
  if (!row.isColumnNull(utc)) return time_of(row.getColumn(utc).getInt64());
  return parse_date(row.getColumn(local).getString());
}

std::optional<Timestamp> parse_date(std::string_view text) {
  if (text.size() > 4 && text[4] == '-') return parse_local(text);
  return parse_number(text);
}

std::string first_impossible_day(Timestamp now) {
  constexpr std::chrono::hours kDay{24};
  return local_date_text(now + kLongestWait + kDay).substr(0, kDayCharacters);
}

std::vector<DateRange> due_ranges(Timestamp now) {
  const auto present = static_cast<double>(microseconds_of(now));
  const auto latest = static_cast<double>(microseconds_of(now + kLongestWait));
  const std::string text = local_date_text(now);
  std::string iso = text;
  iso[kDayCharacters] = 'T';
  // Before the 'T' of today, any text of an earlier day sorts below `text`, whatever divides it.
  const std::string iso_day = iso.substr(0, kDayCharacters + 1);
  constexpr const char* kAfterDigits = ":";
  return {{-HUGE_VAL, present / 1e6},
          {std::nextafter(latest / 1e6, HUGE_VAL), std::nextafter(kLeastMilliseconds, 0)},
          {kLeastMilliseconds, present / 1e3},
          {std::nextafter(latest / 1e3, HUGE_VAL), std::nextafter(kLeastMicroseconds, 0)},
          {kLeastMicroseconds, present},
          {std::nextafter(latest, HUGE_VAL), HUGE_VAL},
          {std::string{}, text},
          {iso_day, iso},
          {first_impossible_day(now), kAfterDigits},
          {text + ' ', local_date_text(now + kClockChange), false}};  // `text` itself is above
}

}  // namespace dblog::outbox
