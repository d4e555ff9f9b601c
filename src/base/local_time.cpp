// Context: crash time, except utc_offset_seconds() and make_local_time_table() (setup).
#include "src/base/local_time.hpp"

#include <ctime>

namespace dblog::base {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

struct CivilDate {
  std::int64_t year;
  unsigned month, day;
};

// The Gregorian calendar in eras of 400 years = 146,097 days, years starting in March so that the
// leap day comes last.
CivilDate civil_from_days(std::int64_t days_since_1970) noexcept {
  constexpr std::int64_t kDaysPerEra = 146'097;
  constexpr std::int64_t kDaysFromYear0MarchTo1970 = 719'468;
  const std::int64_t shifted = days_since_1970 + kDaysFromYear0MarchTo1970;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - (kDaysPerEra - 1)) / kDaysPerEra;
  const auto day_of_era = static_cast<unsigned>(shifted - era * kDaysPerEra);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month_from_march = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

void put_digits(char*& at, std::int64_t value, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  at += digits;
}

std::int64_t floor_divide(std::int64_t value, std::int64_t by) noexcept {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

void format_date(std::int64_t utc_microseconds, std::int32_t offset_seconds,
                 char (&text)[kDateTextSize]) noexcept {
  constexpr std::int64_t kFirst = -62'167'219'200;  // 0000-01-01 00:00:00
  constexpr std::int64_t kLast = 253'402'300'799;   // 9999-12-31 23:59:59
  std::int64_t seconds = floor_divide(utc_microseconds, kMicrosecondsPerSecond);
  const std::int64_t fraction = utc_microseconds - seconds * kMicrosecondsPerSecond;
  seconds += offset_seconds;
  seconds = seconds < kFirst ? kFirst : seconds > kLast ? kLast : seconds;
  const std::int64_t days = floor_divide(seconds, kSecondsPerDay);
  const std::int64_t second_of_day = seconds - days * kSecondsPerDay;
  const CivilDate date = civil_from_days(days);

  char* at = text;
  put_digits(at, date.year, 4);
  *at++ = '-';
  put_digits(at, date.month, 2);
  *at++ = '-';
  put_digits(at, date.day, 2);
  *at++ = ' ';
  put_digits(at, second_of_day / 3'600, 2);
  *at++ = ':';
  put_digits(at, second_of_day / 60 % 60, 2);
  *at++ = ':';
  put_digits(at, second_of_day % 60, 2);
  *at++ = '.';
  put_digits(at, fraction, 6);
  *at = '\0';
}

std::int32_t utc_offset_seconds(std::int64_t utc_microseconds) noexcept {
  const auto seconds =
      static_cast<std::time_t>(floor_divide(utc_microseconds, kMicrosecondsPerSecond));
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return static_cast<std::int32_t>(local.tm_gmtoff);
}

std::int32_t LocalTimeTable::offset_at(std::int64_t utc_microseconds) const noexcept {
  std::int32_t offset = first_offset_seconds;
  for (std::size_t i = 0; i < change_count; ++i) {
    if (utc_microseconds < changes[i].from_utc_microseconds) break;
    offset = changes[i].offset_seconds;
  }
  return offset;
}

LocalTimeTable make_local_time_table(std::int64_t from_utc_microseconds) noexcept {
  constexpr std::int64_t kWeek = 7 * kSecondsPerDay * kMicrosecondsPerSecond;
  constexpr int kWeeks = 5 * 53;
  ::tzset();  // localtime_r need not read TZ (POSIX), localtime does
  LocalTimeTable table;
  table.first_offset_seconds = utc_offset_seconds(from_utc_microseconds);
  std::int32_t offset = table.first_offset_seconds;
  for (int week = 0; week < kWeeks && table.change_count < LocalTimeTable::kMaxChanges; ++week) {
    std::int64_t low = from_utc_microseconds + week * kWeek;
    std::int64_t high = low + kWeek;
    const std::int32_t next = utc_offset_seconds(high);
    if (next == offset) continue;
    while (high - low > kMicrosecondsPerSecond) {
      const std::int64_t middle = low + (high - low) / 2;
      (utc_offset_seconds(middle) == offset ? low : high) = middle;
    }
    // Zones change at whole seconds.
    high = floor_divide(high, kMicrosecondsPerSecond) * kMicrosecondsPerSecond;
    table.changes[table.change_count++] = {high, next};
    offset = next;
  }
  return table;
}

}  // namespace dblog::base
