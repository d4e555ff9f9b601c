// A program that installs one crash handler and then faults, telling through a page that it shares
// with benchmark_crash_path when each happened. Each file beside this one is one handler.
#pragma once

#include <cstdint>
#include <ctime>

namespace victim {

/// The page of file descriptor 3. Times are nanoseconds of CLOCK_MONOTONIC, the same clock for all
/// processes.
struct Stamps {
  std::int64_t fault;       ///< right before the fault
  std::int64_t recorded;    ///< when the handler had written its record; 0: it cannot tell
  std::int64_t install;     ///< how long install() took
  std::int64_t more_bytes;  ///< resident memory that install() added
  std::int64_t threads;     ///< of the process after install()
};

inline Stamps* stamps = nullptr;

inline std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Each victim's own: makes its handler ready. `option` is the program's first argument or "".
void install(const char* program, const char* option);

}  // namespace victim
