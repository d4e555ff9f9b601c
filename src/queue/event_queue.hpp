// The queue of this process for one database: the ring in its file, the names of its tables, and
// the way from there into the database.
// Used by ProcessQueues. Threads: any. Never destroyed: producers may hold it to the last moment.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "src/base/result.hpp"
#include "src/queue/date_texts.hpp"
#include "src/queue/event_ring.hpp"
#include "src/queue/queue_file.hpp"
#include "src/store/store.hpp"

namespace dblog::queue {

class EventQueue {
 public:
  using Clock = sqlite::RetryBackoff::Clock;
  static constexpr std::uint32_t kSlots = 32'768;

  /// Makes its file beside the store's database.
  static base::Result<std::unique_ptr<EventQueue>> make(store::Store& store,
                                                        std::uint32_t slot_count = kSlots);

  [[nodiscard]] EventRing& ring() noexcept { return ring_; }
  [[nodiscard]] store::Store& store() const noexcept { return store_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.path(); }

  /// The table's number in this queue. A new one is made in the database too, so it fails where a
  /// push would, and with ErrorCode::busy when there are too many tables.
  base::Result<std::uint16_t> table(const sqlite::TableName& name);

  /// Commits what was pushed before `position`, also what lies between.
  std::optional<base::Error> commit_until(std::uint64_t position, Clock::time_point deadline);
  std::optional<base::Error> commit_all(Clock::time_point deadline) {
    return commit_until(ring_.claimed(), deadline);
  }

  /// The same for one who is about to commit a row of its own, after those that were queued before
  /// it: fails only when nothing has been committed for `patience`, twice. The first time it may
  /// have been another thread's turn, which may wait as long for the database.
  std::optional<base::Error> commit_in_turn(Clock::duration patience);

  /// Commits one batch of what is whole; how many events that were.
  base::Result<std::size_t> commit_batch(Clock::time_point deadline);

  [[nodiscard]] bool is_empty() const noexcept { return ring_.claimed() == ring_.consumed(); }

  /// A producer is stuck in the middle of a push, perhaps forever (its thread was cancelled, a
  /// signal handler jumped away): closes the ring, for a late producer must not write into a slot
  /// that is another's by then, and leaves out what is not whole.
  void give_up_on_the_unfinished();

  /// Takes the file away, if all is committed and nothing can be pushed any more.
  void remove(Clock::time_point deadline);

  /// Of rows that their tables refused: how many, and why the first; asking takes the reason away.
  [[nodiscard]] std::uint64_t rejected() const noexcept { return rejected_.load(); }
  std::string take_rejection();

  /// Another program truncated the file: the ring is closed, what was in it and is not committed is
  /// lost. How many events that is at most; each of a long message's slots counts.
  [[nodiscard]] bool is_truncated() const noexcept { return is_truncated_.load(); }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(); }

  /// What there is to say of that, once for each `listener`; else empty.
  enum Listener { writer, flusher, kListeners };
  std::string take_loss(Listener listener);

 private:
  EventQueue(QueueFile file, store::Store& store, std::uint32_t slot_count);

  std::optional<std::uint16_t> find_table(const sqlite::TableName& name) const;
  static process::Mended lose_file(void* queue, void* begin, std::size_t size) noexcept;
  std::uint64_t fill(store::QueuedBatch& batch);
  bool take_event(std::uint64_t& at, store::QueuedBatch& batch);

  QueueFile file_;
  store::Store& store_;
  EventRing ring_;
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<bool> is_truncated_{false};

  std::mutex tables_mutex_;  // guards tables_
  std::vector<sqlite::TableName> tables_;

  std::mutex consumer_mutex_;  // guards what follows, and is the consumer's of the ring
  store::QueuedBatch batch_;
  std::string texts_;                       // of the batch: never grows beyond what is reserved
  std::deque<store::EventFactsRow> facts_;  // of the batch, which points to them
  DateTexts dates_;
  bool leaves_out_unfinished_ = false;
  std::string rejection_;
  bool is_file_removed_ = false;

  std::mutex told_mutex_;  // guards what follows; never held while the database is waited for
  std::array<bool, kListeners> has_told_{};
  std::array<std::uint64_t, kListeners> told_{};
};

}  // namespace dblog::queue
