// Local time for rows, in forked children too.
//
// glibc guards its time zone with a lock that fork() does not put right in the child: if another
// thread was inside localtime() at that moment, the child's first localtime() waits forever. So a
// child of a process with several threads goes by a table that its parent made in time.
// Used for every date text. Threads: any; no locks of its own.
#pragma once

#include <cstdint>

#include "src/base/local_time.hpp"

namespace dblog::event {

/// The zone for years to come; in a child as above its parent's, or standard time.
[[nodiscard]] base::LocalTimeTable local_time_table(std::int64_t utc_microseconds) noexcept;

/// How far the process's time zone is east of UTC at a time. Follows changes of TZ (after
/// tzset()), except in a child as above: that one knows its parent's zone as it was at the parent's
/// first call, for the five years from then on.
[[nodiscard]] std::int32_t local_offset_seconds(std::int64_t utc_microseconds) noexcept;

}  // namespace dblog::event
