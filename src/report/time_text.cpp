#include "src/report/time_text.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace dblog::report {
namespace {

constexpr std::size_t kSecondsEnd = 19;
constexpr std::size_t kFractionEnd = 26;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kQuarter = 900;  // zones are whole quarters of an hour from UTC

// As if the date were UTC.
std::optional<std::int64_t> seconds_of(std::string_view date) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const std::string text{date.substr(0, kSecondsEnd)};
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d:%2d", &year, &month, &day, &hour, &minute,
                  &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day calendar_day{std::chrono::year{year},
                                                 std::chrono::month{static_cast<unsigned>(month)},
                                                 std::chrono::day{static_cast<unsigned>(day)}};
  if (!calendar_day.ok()) return std::nullopt;
  const std::chrono::sys_days days{calendar_day};
  return days.time_since_epoch().count() * kSecondsPerDay + hour * 3'600 + minute * 60 + second;
}

}  // namespace

std::string time_text(std::string_view date, std::optional<std::int64_t> utc_offset) {
  std::string text{date};
  if (!utc_offset || std::abs(*utc_offset) >= kSecondsPerDay || date.size() < kSecondsEnd) {
    return text;
  }
  const std::int64_t minutes = std::abs(*utc_offset) / 60;
  std::array<char, 16> offset{};
  std::snprintf(offset.data(), offset.size(), " %c%02d:%02d", *utc_offset < 0 ? '-' : '+',
                static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
  return text + offset.data();
}

std::string time_text_of_utc(std::string_view date, std::optional<std::int64_t> utc) {
  const auto local = seconds_of(date);
  if (!local || !utc) return std::string{date};
  const std::int64_t offset = *local - *utc / 1'000'000;
  return time_text(date, offset % kQuarter == 0 ? std::optional(offset) : std::nullopt);
}

std::optional<std::string> stored_time_text(const sqlite::Row& row, const std::string& column) {
  const auto date = row.text(column);
  if (!date) return std::nullopt;
  return time_text_of_utc(*date, row.integer(column + "_utc"));
}

std::optional<std::string> time_text(const reader::Entry& entry) {
  const auto date = entry.row.text("date");
  return date ? std::optional(time_text(*date, entry.utc_offset)) : std::nullopt;
}

std::string time_text_of_iso(std::string_view time) {
  std::string text{time};
  if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
  if (text.size() > kFractionEnd) text.insert(kFractionEnd, " ");
  return text;
}

std::string to_seconds(const std::string& time) {
  const std::size_t offset = time.find(' ', kSecondsEnd);
  return time.substr(0, kSecondsEnd) + (offset == time.npos ? "" : time.substr(offset));
}

}  // namespace dblog::report
