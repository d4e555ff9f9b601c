#include "src/queue/event_queue.hpp"

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "src/base/ascii.hpp"
#include "src/process/own_uuid.hpp"
#include "src/queue/event_record.hpp"

namespace dblog::queue {
namespace {

// A transaction of these takes some ten milliseconds: other writers wait no longer for the
// database.
constexpr std::size_t kMaxBatch = 4'096;
constexpr std::size_t kMaxBatchText = 512 * 1024;

}  // namespace

base::Result<std::unique_ptr<EventQueue>> EventQueue::make(store::Store& store,
                                                           std::uint32_t slot_count) {
  auto file = QueueFile::make(store.path(), slot_count);
  if (!file) return file.error();
  return std::unique_ptr<EventQueue>(new EventQueue(std::move(*file), store, slot_count));
}

EventQueue::EventQueue(QueueFile file, store::Store& store, std::uint32_t slot_count)
    : file_(std::move(file)), store_(store), ring_(file_.slots(), slot_count) {
  // References into both are handed out while they grow.
  batch_.queue = file_.uuid();
  batch_.process_id = base::short_id_of(process::own_uuid());
  batch_.rows.reserve(kMaxBatch);
  texts_.reserve(kMaxBatchText + kMaxMessage);
  file_.guard(&EventQueue::lose_file, this);
}

// In a signal handler. Producers that are in the middle of a push write into memory, and succeed:
// the consumer finds their events there. Later ones are told that the ring is closed.
process::Mended EventQueue::lose_file(void* queue, void* begin, std::size_t size) noexcept {
  if (!process::replace_by_memory(begin, size)) return process::Mended::failed;
  auto& self = *static_cast<EventQueue*>(queue);
  self.ring_.close();
  self.is_truncated_.store(true);
  return process::Mended::for_good;
}

base::Result<std::uint16_t> EventQueue::table(const sqlite::TableName& name) {
  std::unique_lock lock(tables_mutex_);
  if (const auto known = find_table(name)) return *known;
  lock.unlock();  // the database may be held by others
  if (auto failure = store_.make_table(name)) return *failure;
  lock.lock();
  if (const auto known = find_table(name)) return *known;
  if (tables_.size() == kMaxTables) {
    return base::Error{base::ErrorCode::busy, file_.path().native(), "has no room for more tables"};
  }
  QueueHead& head = file_.head();
  std::memcpy(head.table_names[tables_.size()], name.text().c_str(), name.text().size() + 1);
  tables_.push_back(name);
  head.table_count.store(static_cast<std::uint32_t>(tables_.size()), std::memory_order_release);
  return static_cast<std::uint16_t>(tables_.size() - 1);
}

// Under tables_mutex_.
std::optional<std::uint16_t> EventQueue::find_table(const sqlite::TableName& name) const {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    if (base::is_same_ignoring_case(tables_[i].text(), name.text()))
      return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

std::optional<base::Error> EventQueue::commit_until(std::uint64_t position,
                                                    Clock::time_point deadline) {
  constexpr std::chrono::microseconds kPause{50};
  while (ring_.consumed() < position) {
    const base::Result<std::size_t> committed = commit_batch(deadline);
    if (!committed) return committed.error();
    if (*committed > 0 || ring_.consumed() >= position) continue;
    if (Clock::now() >= deadline) {
      return base::Error{base::ErrorCode::busy, file_.path().native(),
                         "another thread did not finish its push in time; try again later"};
    }
    std::this_thread::sleep_for(kPause);
  }
  return std::nullopt;
}

std::optional<base::Error> EventQueue::commit_in_turn(Clock::duration patience) {
  const std::uint64_t position = ring_.claimed();
  int standstills = 0;
  while (true) {
    const std::uint64_t before = ring_.consumed();
    auto failure = commit_until(position, Clock::now() + patience);
    if (!failure) return std::nullopt;
    standstills = ring_.consumed() == before ? standstills + 1 : 0;
    if (standstills == 2 || failure->code != base::ErrorCode::busy) return failure;
  }
}

base::Result<std::size_t> EventQueue::commit_batch(Clock::time_point deadline) {
  if (!sqlite::lock_until(consumer_mutex_, deadline)) {
    return base::Error{base::ErrorCode::busy, store_.path().native(),
                       "another thread is committing queued events; try again later"};
  }
  const std::lock_guard lock(consumer_mutex_, std::adopt_lock);
  if (is_truncated() && !is_file_removed_) is_file_removed_ = file_.remove();
  const std::uint64_t begin = ring_.consumed();
  const std::uint64_t end = fill(batch_);
  if (end == begin) return std::size_t{0};
  const auto outcome = store_.append(batch_, deadline);
  if (!outcome) return outcome.error();
  ring_.consume(end);
  if (outcome->rejected > 0) {
    rejected_.fetch_add(static_cast<std::uint64_t>(outcome->rejected));
    if (rejection_.empty()) rejection_ = outcome->reason;
  }
  return std::max<std::size_t>(batch_.rows.size(), 1);
}

// The batch's end: where the next one begins.
std::uint64_t EventQueue::fill(store::QueuedBatch& batch) {
  const std::uint64_t claimed = ring_.claimed();
  std::uint64_t at = ring_.consumed();
  batch.rows.clear();
  texts_.clear();
  facts_.clear();
  while (at < claimed && batch.rows.size() < kMaxBatch && texts_.size() < kMaxBatchText) {
    if (!take_event(at, batch)) break;
  }
  batch.end = at;
  const std::lock_guard lock(tables_mutex_);
  for (std::size_t i = batch.tables.size(); i < tables_.size(); ++i) {
    batch.tables.push_back(tables_[i]);
  }
  return at;
}

// False if the event at `at` has to be waited for. The message is copied before it is believed:
// another program may truncate the file at any moment.
bool EventQueue::take_event(std::uint64_t& at, store::QueuedBatch& batch) {
  const auto entry = ring_.read(at);
  if (!entry) {
    if (!leaves_out_unfinished_ && !is_truncated()) return false;
    if (ring_.abandon(at)) {
      ++at;
      if (is_truncated()) lost_.fetch_add(1);
    }
    return true;
  }
  const std::size_t start = texts_.size();
  if (!ring_.append_message(*entry, texts_)) {
    ring_.close();
    leaves_out_unfinished_ = true;  // the slots after the first
    lost_.fetch_add(1);
    ++at;
    return true;
  }
  store::QueuedRow row{entry->position, entry->head.table_number(),
                       std::string_view(texts_).substr(start),
                       dates_.text(entry->head.utc_microseconds)};
  row.utc_offset_seconds = dates_.offset_of_last();
  if (entry->head.has_facts()) row.facts = &facts_.emplace_back(take_facts(row.message));
  batch.rows.push_back(row);
  at = entry->end;
  return true;
}

void EventQueue::give_up_on_the_unfinished() {
  ring_.close();
  const std::lock_guard lock(consumer_mutex_);
  leaves_out_unfinished_ = true;
}

void EventQueue::remove(Clock::time_point deadline) {
  if (!ring_.is_closed() || !is_empty() || !file_.remove()) return;
  // Failing that, one small row stays.
  (void)store_.finish_queue(file_.uuid(), deadline);
}

std::string EventQueue::take_loss(Listener listener) {
  const std::lock_guard lock(told_mutex_);
  const std::uint64_t lost = this->lost();
  const bool is_new = (is_truncated() && !has_told_[listener]) || lost > told_[listener];
  if (!is_new) return {};
  has_told_[listener] = true;
  const std::uint64_t count = lost - std::exchange(told_[listener], lost);
  return std::string(is_truncated() ? "was truncated by another program"
                                    : "was written to by another program") +
         (count > 0 ? "; queued events are lost, " + std::to_string(count) + " at most"
                    : "; no queued event is lost") +
         "; from here on events are committed one by one";
}

std::string EventQueue::take_rejection() {
  const std::lock_guard lock(consumer_mutex_);
  return std::exchange(rejection_, {});
}

}  // namespace dblog::queue
