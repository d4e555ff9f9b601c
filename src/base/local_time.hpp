// Dates as the database holds them, made without the C library's time zone code, which takes
// locks and allocates.
// Context: crash time, except the functions marked "Context: setup".
#pragma once

#include <cstddef>
#include <cstdint>

namespace dblog::base {

/// 'YYYY-MM-DD HH:MM:SS.ffffff' and its NUL.
inline constexpr std::size_t kDateTextSize = 27;

/// Writes the local date of a UTC time, for a zone that is `offset_seconds` east of UTC then.
/// Years before 0 and after 9999 are cut to them.
void format_date(std::int64_t utc_microseconds, std::int32_t offset_seconds,
                 char (&text)[kDateTextSize]) noexcept;

/// How far the process's time zone is east of UTC at a time. Takes the C library's time zone
/// lock. Context: setup.
std::int32_t utc_offset_seconds(std::int64_t utc_microseconds) noexcept;

/// The zone's offsets for the years to come, looked up while that is still safe, so that a crash
/// after the change to summer time has the right hour.
struct LocalTimeTable {
  static constexpr std::size_t kMaxChanges = 16;
  struct Change {
    std::int64_t from_utc_microseconds;
    std::int32_t offset_seconds;
  };
  std::int32_t first_offset_seconds = 0;  ///< until changes[0]
  std::size_t change_count = 0;
  Change changes[kMaxChanges] = {};

  /// The last known offset, for times after the table's end.
  [[nodiscard]] std::int32_t offset_at(std::int64_t utc_microseconds) const noexcept;
};

/// Looks five years ahead; about 300 look-ups. Context: setup.
LocalTimeTable make_local_time_table(std::int64_t from_utc_microseconds) noexcept;

}  // namespace dblog::base
