// That something happens while a crash is recorded. Deadlines are for what stands still: on a busy
// machine a recording that goes on takes its time.
// Context: crash time.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/base/monotonic_clock.hpp"

namespace dblog::crash {

inline std::atomic<std::uint32_t> progress{0};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

/// A step has begun, a frame was looked up, a thread has answered, a row was inserted.
inline void note_progress() noexcept { progress.fetch_add(1, std::memory_order_relaxed); }

/// Since when nothing has happened, as far as the one who waits has seen.
class Standstill {
 public:
  [[nodiscard]] bool lasts(std::int64_t nanoseconds) noexcept {
    const std::int64_t now = base::monotonic_nanoseconds();
    const std::uint32_t present = progress.load(std::memory_order_relaxed);
    if (present != seen_) {
      seen_ = present;
      since_ = now;
    }
    return now - since_ > nanoseconds;
  }

 private:
  std::uint32_t seen_ = progress.load(std::memory_order_relaxed);
  std::int64_t since_ = base::monotonic_nanoseconds();
};

}  // namespace dblog::crash
