// The thread that commits what is in the queues of a process, some milliseconds after it was
// pushed. Its signals are blocked, except for its own faults.
// Used by ProcessQueues. Threads: start(), stop() and wake() from any.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "src/queue/queue_file.hpp"
#include "src/sqlite/retry_backoff.hpp"

namespace dblog::queue {

class EventQueue;
class ProcessQueues;

class QueueWriter {
 public:
  explicit QueueWriter(ProcessQueues& queues) noexcept : queues_(queues) {}

  /// Starts the thread, if it does not run. False if the system has none.
  bool start() noexcept;

  /// Something was pushed. Costs a few nanoseconds unless the thread is asleep.
  void wake() noexcept {
    if (state_.load(std::memory_order_seq_cst) == kAsleep) rouse();
  }

  /// Ends the thread when its present batch is done; false if that is not before the deadline.
  bool stop(sqlite::RetryBackoff::Clock::time_point deadline) noexcept;

 private:
  static constexpr std::uint32_t kAwake = 0, kAsleep = 1, kStopping = 2;

  void rouse() noexcept;
  void run() noexcept;
  void work_until_stopped();
  bool commit_some();
  bool commit_some(EventQueue& queue, std::size_t index);
  void watch_for_stuck_push(EventQueue& queue, std::size_t index);
  void complain(const std::string& reason);
  void nap(std::chrono::milliseconds longest) noexcept;
  void sleep_until_woken() noexcept;
  [[nodiscard]] bool has_work() const noexcept;
  [[nodiscard]] bool is_stopping() const noexcept { return state_.load() == kStopping; }

  ProcessQueues& queues_;
  std::atomic<std::uint32_t> state_{kAwake};  // a futex
  std::atomic<bool> has_ended_{false};
  std::thread thread_;

  // The thread's own.
  struct Unfinished {
    std::uint64_t position = 0;
    int naps = 0;
  };
  std::array<Unfinished, kMaxFiles> unfinished_{};
  bool has_trouble_ = false;
  std::string complaint_;
};

}  // namespace dblog::queue
