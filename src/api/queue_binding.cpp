#include "src/api/queue_binding.hpp"
#include "handlers/record/black_box.hpp"
#include "handlers/record/context_values.hpp"
#include "src/api/call_scope.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "src/api/stderr_line.hpp"
#include "src/api/store_maintenance.hpp"
#include "src/event/event_facts.hpp"
#include "src/event/scrubbed_event.hpp"
#include "src/queue/event_record.hpp"
#include "src/queue/process_queues.hpp"

namespace dblog::api {
namespace {

using queue::EventRing;
using queue::ProcessQueues;

constexpr std::chrono::seconds kPatience{5};

void say_of_queue(std::string_view line) noexcept { warn({line}); }

void look_after(store::Store& store) noexcept {
  crash::mark_black_box_alive();
  crash::refresh_sample_in_black_box();
  maintain(store);
}

void close_queues_at_exit() {
  const CallScope scope;
  if (ProcessQueues* queues = ProcessQueues::existing()) queues->close();
}

ProcessQueues& make_or_find_queues() {
  static std::atomic<bool> is_watching{false};
  // The store is in use by now, so this runs before the store is closed.
  if (!is_watching.exchange(true)) std::atexit(&close_queues_at_exit);
  return ProcessQueues::make_or_find(&say_of_queue, &look_after);
}

std::int64_t microseconds_of(Timestamp date) noexcept { return date.time_since_epoch().count(); }

[[gnu::noinline]] EventRing::Outcome push_with_facts(EventRing& ring, std::uint16_t table,
                                                     const QueuedEvent& event) noexcept {
  std::array<char, queue::kMaxMessage> record;
  const std::size_t size =
      queue::write_record(event.message, event.options, &event::copy_scrubbed_context, record);
  if (size == 0) return EventRing::Outcome::too_long;
  const auto with_facts = static_cast<std::uint16_t>(table | queue::EntryHead::kHasFacts);
  return ring.push(with_facts, microseconds_of(event.date), {record.data(), size});
}

EventRing::Outcome push_to_ring(EventRing& ring, std::uint16_t table,
                                const QueuedEvent& event) noexcept {
  if (event::has_facts(event.options) || crash::has_context())
    return push_with_facts(ring, table, event);
  return ring.push(table, microseconds_of(event.date), event.message);
}

}  // namespace

// Queues are never destroyed, but a forked child has others: a target of its parent leads nowhere.
struct QueueBinding::Target {
  ProcessQueues* queues;
  queue::EventQueue* queue;
  std::uint16_t table;
};

QueueBinding::~QueueBinding() { delete target_.load(); }

QueueBinding::Target* QueueBinding::known_target() const noexcept {
  Target* target = target_.load(std::memory_order_acquire);
  return target != nullptr && target->queues == ProcessQueues::existing() ? target : nullptr;
}

bool QueueBinding::push(const QueuedEvent& event) noexcept {
  const Target* target = known_target();
  if (target == nullptr) return false;
  if (push_to_ring(target->queue->ring(), target->table, event) != EventRing::Outcome::pushed) {
    return false;
  }
  target->queues->wake_writer();
  return true;
}

base::Result<bool> QueueBinding::push_or_fall_back(store::Store& store,
                                                   const sqlite::TableName& table,
                                                   const QueuedEvent& event) {
  ProcessQueues& queues = make_or_find_queues();
  if (event.message.size() > queue::kMaxMessage) {
    ++queues.fallbacks().too_long;
    return false;
  }
  const base::Result<Target*> target = find_target(store, table);
  if (!target) {
    // What is wrong with the table or the database is wrong for a committed row as well, and said
    // then.
    ++queues.fallbacks().no_queue;
    return false;
  }
  switch (push_to_ring((*target)->queue->ring(), (*target)->table, event)) {
    case EventRing::Outcome::pushed:
      queues.wake_writer();
      return true;
    case EventRing::Outcome::full:
      ++queues.fallbacks().full;
      return false;
    case EventRing::Outcome::too_long:
      ++queues.fallbacks().too_long;
      return false;
    case EventRing::Outcome::closed:
      break;
  }
  ++queues.fallbacks().no_queue;
  return false;
}

base::Result<QueueBinding::Target*> QueueBinding::find_target(store::Store& store,
                                                              const sqlite::TableName& table) {
  Target* before = target_.load(std::memory_order_acquire);
  ProcessQueues* queues = ProcessQueues::existing();
  if (before != nullptr && before->queues == queues) return before;
  const base::Result<queue::EventQueue*> queue = queues->queue_for(store);
  if (!queue) return queue.error();
  const base::Result<std::uint16_t> number = (*queue)->table(table);
  if (!number) return number.error();
  auto mine = std::make_unique<Target>(Target{queues, *queue, *number});
  // A parent's target is left where it is: another thread of this child may be looking at it.
  if (target_.compare_exchange_strong(before, mine.get())) return mine.release();
  return before;
}

std::optional<base::Error> commit_queued_before(const store::Store& store) {
  ProcessQueues* queues = ProcessQueues::existing();
  queue::EventQueue* queue = queues == nullptr ? nullptr : queues->find(store);
  if (queue == nullptr || queue->is_empty()) return std::nullopt;
  return queue->commit_in_turn(kPatience);
}

PushResult flush_queues(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kNone{0};
  constexpr std::chrono::hours kLongest{24};  // later than that the clock's range might end
  ProcessQueues* queues = ProcessQueues::existing();
  if (queues == nullptr) return {true, 0, {}};
  const auto wait = std::clamp<std::chrono::milliseconds>(limit, kNone, kLongest);
  const auto failure = queues->flush(queue::EventQueue::Clock::now() + wait);
  if (!failure) return {true, 0, {}};
  return {false, 0, failure->text()};
}

QueueCounts count_queued() noexcept {
  ProcessQueues* queues = ProcessQueues::existing();
  if (queues == nullptr) return {};
  return {queues->fallbacks().full, queues->fallbacks().too_long, queues->fallbacks().no_queue,
          queues->rejected(), queues->lost()};
}

}  // namespace dblog::api
