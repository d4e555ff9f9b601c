// How long to wait for others who hold the database: up to a deadline, in short steps with some
// chance in them, so that many writers do not wake in step; and not at all while a fork() waits
// for this store.
// Used inside the store and the outbox only, by one thread at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace dblog::store {

/// Threads of this process that are in fork() and want every store to rest
/// (src/store/registry.hpp), and how many were there before.
inline std::atomic<int> forks_waiting{0};
inline std::atomic<std::uint64_t> forks_done{0};

class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  /// Starts over, for a new task.
  void start(Clock::time_point deadline) noexcept;

  /// Sleeps a little, longer each time. False, without sleeping, when the time is up or a fork()
  /// waits.
  bool wait() noexcept;

  /// For sqlite3_busy_handler(); `self` is a Patience.
  static int busy_handler(void* self, int calls) noexcept;

 private:
  Clock::time_point deadline_;
  std::chrono::microseconds step_{0};
  std::uint32_t random_ = 0;
};

/// Waits for a fork() that began before: threads that take a store's mutex from each other would
/// leave it none. Not for more than one, and not beyond the deadline.
void let_fork_pass(Patience::Clock::time_point deadline) noexcept;

/// Locks `mutex`; false if that was not to be had before the deadline.
bool lock_until(std::mutex& mutex, Patience::Clock::time_point deadline) noexcept;

}  // namespace dblog::store
