// One channel's part of a flush, in a thread of its own.
// Threads: run() in one; the others' functions from any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "src/outbox/delivery.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_queue.hpp"

namespace dblog::outbox {

/// What the threads of one flush share.
struct DeliveryContext {
  using Clock = std::chrono::steady_clock;

  std::mutex mutex;  // guards running and is_watched, serializes on_progress
  std::condition_variable one_is_done;
  std::size_t running = 0;
  bool is_watched = true;  // deliver() has not returned: on_progress may be called
  std::atomic<bool> is_stopping{false};
  Clock::time_point time_limit, hard_limit;
};

class ChannelDelivery {
 public:
  ChannelDelivery(std::filesystem::path database, Channel channel, DeliveryOptions options,
                  std::shared_ptr<DeliveryContext> context);

  /// Until nothing is due, or time, a wish to stop or failures end it.
  void run() noexcept;

  /// Takes the message out of the thread's hands, if it has one: pending again. From then on the
  /// thread changes nothing.
  void abandon() noexcept;

  [[nodiscard]] bool is_done() const;
  [[nodiscard]] ChannelReport report() const;

 private:
  base::Result<bool> work();
  void count_waiting(SQLite::Database& database, bool is_cut_short);
  bool round(OutboxQueue& queue, OutboxDatabase& database);
  bool suppress(OutboxQueue& queue, const SuppressedRows& by_rule);
  bool retry(OutboxQueue& queue, const std::vector<OpenMessage>& messages);
  std::vector<const AlertGroup*> choose(OutboxQueue& queue, SQLite::Database& database,
                                        const std::vector<AlertGroup>& groups, bool& any_held);
  template <typename Wanted>
  bool deliver(OutboxQueue& queue, const Wanted& wanted);
  template <typename Wanted>
  Claim claim(OutboxQueue& queue, const Wanted& wanted);
  std::optional<notify::Answer> send(const ClaimedMessage& message);
  void conclude(OutboxQueue& queue, const ClaimedMessage& message, const notify::Answer& answer,
                std::chrono::milliseconds took);
  void fail(OutboxQueue& queue, const ClaimedMessage& message, const notify::Answer& answer,
            std::chrono::milliseconds took);
  void persist(const std::function<void()>& conclusion);
  void count(const std::function<void(ChannelReport&)>& change);

  [[nodiscard]] bool may_begin() const;
  [[nodiscard]] bool may_go_on() const;
  bool wait_until(Timestamp time);
  [[nodiscard]] Timestamp now() const { return options_.clock(); }

  const std::filesystem::path database_;
  const Channel channel_;
  const DeliveryOptions options_;
  const std::shared_ptr<DeliveryContext> context_;
  const KeepGoing keep_going_ = [this] { return may_go_on(); };

  // The thread's own.
  std::mt19937_64 random_{std::random_device{}()};
  std::set<std::int64_t> tried_;  // a message is tried once a flush, also with ignore_next_attempt
  int failures_in_a_row_ = 0;
  bool is_stale_ = false;  // rows became free after they were looked for
  bool is_over_ = false;   // nothing more to this channel in this flush

  mutable std::mutex mutex_;  // guards what follows
  ChannelReport report_;
  std::optional<ClaimedMessage> claimed_;
  bool is_abandoned_ = false;
  bool is_done_ = false;
};

}  // namespace dblog::outbox
