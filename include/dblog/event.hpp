// One thing that happened: what travels from a logger to the store.
//
//   dblog::Event event{"disk full"};      // this process, now
//   std::cout << event << '\n';           // 2026-01-31 12:00:00.000000 [4711] disk full
//
// Threads: a plain value; share it like a std::string.
#pragma once

#include <chrono>
#include <compare>
#include <iosfwd>
#include <string>

#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// Microseconds since 1970-01-01 00:00 UTC: the resolution of every date in the database.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// The current time, cut to microseconds. Threads: may be called from any thread.
[[nodiscard]] DBLOG_EXPORT Timestamp now() noexcept;

/// The id of the calling process; not cached, so right after fork() too. Threads: may be called
/// from any thread.
[[nodiscard]] DBLOG_EXPORT int current_process_id() noexcept;

/// `date` as the database holds it: 'YYYY-MM-DD HH:MM:SS.ffffff', local time (26 characters).
/// Threads: may be called from any thread. Not from signal handlers.
[[nodiscard]] DBLOG_EXPORT std::string local_date_text(Timestamp date);

/// One thing that happened, in one process, at one time. Threads: a plain value; share it like a
/// std::string.
struct DBLOG_EXPORT Event {
  std::string message;                    ///< What happened: any bytes, any length.
  int process_id = current_process_id();  ///< The process that it happened in.
  Timestamp date = now();                 ///< When it happened.

  /// Two events are equal if all their fields are.
  friend bool operator==(const Event&, const Event&) = default;

  /// By date first, then process id, then message: a sorted range of events is a history.
  friend DBLOG_EXPORT std::strong_ordering operator<=>(const Event& left, const Event& right);

  /// "date [process id] message" on one line, for people.
  friend DBLOG_EXPORT std::ostream& operator<<(std::ostream& out, const Event& event);
};

}  // namespace abi_1
}  // namespace dblog
