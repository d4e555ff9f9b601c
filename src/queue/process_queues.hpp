// The queues of this process, one per database, and the thread that commits what is in them.
//
// fork(): the queues are the parent's. A child does not find them, and makes its own when it first
// needs one.
// Used by src/api. Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/result.hpp"
#include "src/queue/event_queue.hpp"
#include "src/queue/queue_writer.hpp"

namespace dblog::queue {

/// Says a line to people; must not throw.
using Say = void (*)(std::string_view line) noexcept;

/// Looks after a database that rows were committed to; must not throw.
using AfterCommit = void (*)(store::Store& store) noexcept;

class ProcessQueues {
 public:
  using Clock = EventQueue::Clock;

  /// Why a queued push was committed by its caller.
  struct Fallbacks {
    std::atomic<std::uint64_t> full{0};
    std::atomic<std::uint64_t> too_long{0};
    std::atomic<std::uint64_t> no_queue{0};
  };

  /// Of this process; null if it has none, or not yet. A few nanoseconds.
  static ProcessQueues* existing() noexcept;

  /// Made if there is none.
  static ProcessQueues& make_or_find(Say say, AfterCommit after_commit);

  /// The queue for the store's database, made if there is none. After a failure it is tried again
  /// only when a second has passed.
  base::Result<EventQueue*> queue_for(store::Store& store);

  /// Null if there is none for that database.
  [[nodiscard]] EventQueue* find(const store::Store& store) const noexcept;

  /// Commits everything that was pushed before the call.
  std::optional<base::Error> flush(Clock::time_point deadline);

  /// For exit(): closes the queues, commits what is in them for two seconds at most, and removes
  /// the files of those that are empty then.
  void close() noexcept;

  Fallbacks& fallbacks() noexcept { return fallbacks_; }
  [[nodiscard]] std::uint64_t rejected() const noexcept;
  [[nodiscard]] std::uint64_t lost() const noexcept;

  /// After a push. A system call only if the writer sleeps because nothing happened for a while.
  void wake_writer() noexcept { writer_.wake(); }

  ProcessQueues(const ProcessQueues&) = delete;
  ProcessQueues& operator=(const ProcessQueues&) = delete;

 private:
  ProcessQueues(Say say_line, AfterCommit after_commit)
      : say_(say_line), after_commit_(after_commit), writer_(*this) {}

  friend class QueueWriter;
  [[nodiscard]] EventQueue* queue(std::size_t index) const noexcept {
    return index < kMaxFiles ? queues_[index].load(std::memory_order_acquire) : nullptr;
  }
  void say(std::string_view line) const noexcept { say_(line); }
  void look_after(store::Store& store) const noexcept { after_commit_(store); }

  const Say say_;
  const AfterCommit after_commit_;
  Fallbacks fallbacks_;
  std::array<std::atomic<EventQueue*>, kMaxFiles> queues_{};
  QueueWriter writer_;

  std::mutex making_mutex_;  // guards what follows, and who adds to queues_
  bool is_closed_ = false;
  Clock::time_point next_try_{};
  std::optional<base::Error> last_failure_;
};

}  // namespace dblog::queue
