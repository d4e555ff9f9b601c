// A logger's way into the queue: which queue, and which number its table has there.
// Used by EventLogger. Threads: any; push() takes no lock and makes no system call.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dblog/event.hpp"
#include "dblog/event_logger.hpp"
#include "src/base/result.hpp"
#include "src/store/store.hpp"

namespace dblog::api {

/// What is pushed; all of it must outlive the call.
struct QueuedEvent {
  std::string_view message;
  Timestamp date;
  const PushOptions& options;  ///< Of these only the facts are queued.
};

class QueueBinding {
 public:
  QueueBinding() = default;
  ~QueueBinding();
  QueueBinding(const QueueBinding&) = delete;
  QueueBinding& operator=(const QueueBinding&) = delete;

  /// False, without a trace, if the event is not queued: use push_or_fall_back() then.
  bool push(const QueuedEvent& event) noexcept;

  /// Makes the queue if there is none. False, counted, if the event cannot be queued: the caller
  /// shall commit it. An error if its table or the database would not take it either.
  base::Result<bool> push_or_fall_back(store::Store& store, const sqlite::TableName& table,
                                       const QueuedEvent& event);

 private:
  struct Target;
  Target* known_target() const noexcept;
  base::Result<Target*> find_target(store::Store& store, const sqlite::TableName& table);

  std::atomic<Target*> target_{nullptr};
};

/// Before a row is committed by its caller: what the process queued before it.
std::optional<base::Error> commit_queued_before(const store::Store& store);

PushResult flush_queues(std::chrono::milliseconds limit);
QueueCounts count_queued() noexcept;

}  // namespace dblog::api
