// The queue of this process for one database: the ring in its file, the names of its tables, and
// the way from there into the database.
// Used by ProcessQueues. Threads: any. Never destroyed: producers may hold it to the last moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "src/queue/date_texts.hpp"
#include "src/queue/event_ring.hpp"
#include "src/queue/queue_file.hpp"
#include "src/result/result.hpp"
#include "src/store/store.hpp"

namespace dblog::queue {

class EventQueue {
 public:
  using Clock = store::Patience::Clock;
  static constexpr std::uint32_t kSlots = 32'768;

  /// Makes its file beside the store's database.
  static Result<std::unique_ptr<EventQueue>> make(store::Store& store,
                                                  std::uint32_t slot_count = kSlots);

  [[nodiscard]] EventRing& ring() noexcept { return ring_; }
  [[nodiscard]] store::Store& store() const noexcept { return store_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.path(); }

  /// The table's number in this queue. A new one is made in the database too, so it fails where a
  /// push would, and with ErrorCode::busy when there are too many tables.
  Result<std::uint16_t> table(const store::TableName& name);

  /// Commits what was pushed before `position`, also what lies between.
  std::optional<Error> commit_until(std::uint64_t position, Clock::time_point deadline);
  std::optional<Error> commit_all(Clock::time_point deadline) {
    return commit_until(ring_.claimed(), deadline);
  }

  /// Commits one batch of what is whole; how many events that were.
  Result<std::size_t> commit_batch(Clock::time_point deadline);

  [[nodiscard]] bool is_empty() const noexcept { return ring_.claimed() == ring_.consumed(); }

  /// A producer is stuck in the middle of a push, perhaps for ever (its thread was cancelled, a
  /// signal handler jumped away): closes the ring, for a late producer must not write into a slot
  /// that is another's by then, and leaves out what is not whole.
  void give_up_on_the_unfinished();

  /// Takes the file away, if all is committed and nothing can be pushed any more.
  void remove(Clock::time_point deadline);

  /// Of rows that their tables refused: how many, and why the first; asking takes the reason away.
  [[nodiscard]] std::uint64_t rejected() const noexcept { return rejected_.load(); }
  std::string take_rejection();

 private:
  EventQueue(QueueFile file, store::Store& store, std::uint32_t slot_count);

  std::optional<std::uint16_t> find_table(const store::TableName& name) const;
  std::uint64_t fill(store::QueuedBatch& batch);

  QueueFile file_;
  store::Store& store_;
  EventRing ring_;
  std::atomic<std::uint64_t> rejected_{0};

  std::mutex tables_mutex_;  // guards tables_
  std::vector<store::TableName> tables_;

  std::mutex consumer_mutex_;  // guards what follows, and is the consumer's of the ring
  store::QueuedBatch batch_;
  std::vector<std::string> assembled_;
  DateTexts dates_;
  bool leaves_out_unfinished_ = false;
  std::string rejection_;
};

}  // namespace dblog::queue
