// Time that only goes forward, for waits with an end.
// Context: crash time.
#pragma once

#include <time.h>

#include <cstdint>

namespace dblog::base {

inline constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

inline std::int64_t nanoseconds_of(clockid_t clock) noexcept {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

inline std::int64_t monotonic_nanoseconds() noexcept { return nanoseconds_of(CLOCK_MONOTONIC); }

inline void pause_for_a_millisecond() noexcept {
  const timespec millisecond{0, kNanosecondsPerMillisecond};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &millisecond, nullptr);
}

}  // namespace dblog::base
