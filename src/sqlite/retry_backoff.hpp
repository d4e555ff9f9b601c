// How long to wait for others who hold the database: up to a deadline, in short steps with some
// chance in them, so that many writers do not wake in step; and not at all while a fork() waits
// for this store. And how long SQLite may work: views and triggers of a hostile database never end.
// Used inside the store and the outbox only, by one thread at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace dblog::sqlite {

/// Threads of this process that are in fork() and want every store to rest
/// (src/store/registry.hpp), and how many were there before.
inline std::atomic<int> forks_waiting{0};
inline std::atomic<std::uint64_t> forks_done{0};

/// Set by a signal handler of the tool: what SQLite does for any connection ends at once, with
/// SQLITE_INTERRUPT, and its transaction is rolled back.
inline std::atomic<bool> work_is_stopped{false};

class RetryBackoff {
 public:
  using Clock = std::chrono::steady_clock;

  /// What one task may take beyond the waiting.
  static constexpr std::chrono::seconds kLongestWork{30};

  /// None, until it is started.
  RetryBackoff() = default;
  /// Started, for a task that waits so long.
  explicit RetryBackoff(std::chrono::milliseconds wait) noexcept { start(Clock::now() + wait); }

  /// Starts over, for a new task that may work that long.
  void start(Clock::time_point deadline, Clock::duration work = kLongestWork) noexcept;

  /// The task that has begun is a long one: it may work that long from now on.
  void allow(Clock::duration work) noexcept;

  /// Sleeps a little, longer each time. False, without sleeping, when the time is up or a fork()
  /// waits.
  bool wait() noexcept;

  /// wait() returned false because a fork() waited, which may be over by now.
  [[nodiscard]] bool has_given_way() const noexcept { return has_given_way_; }

  /// For sqlite3_busy_handler(); `self` is a RetryBackoff.
  static int busy_handler(void* self, int calls) noexcept;

  /// For sqlite3_progress_handler(): ends the task's work. `self` is a RetryBackoff.
  static int progress_handler(void* self) noexcept;

 private:
  Clock::time_point deadline_;
  Clock::time_point work_end_ = Clock::time_point::max();
  std::chrono::microseconds step_{0};
  std::uint32_t random_ = 0;
  bool has_given_way_ = false;
};

/// Waits for a fork() that began before: threads that take a store's mutex from each other would
/// leave it none. Not for more than one, and not beyond the deadline.
void let_fork_pass(RetryBackoff::Clock::time_point deadline) noexcept;

/// Locks `mutex`; false if that was not to be had before the deadline.
bool lock_until(std::mutex& mutex, RetryBackoff::Clock::time_point deadline) noexcept;

}  // namespace dblog::sqlite
