// Leases, pauses, and what becomes of a message.
#include "src/outbox/outbox_queue.hpp"

#include <algorithm>
#include <utility>

#include "src/outbox/due_time.hpp"
#include "src/outbox/lease_owner.hpp"
#include "src/outbox/waiting.hpp"
#include "src/sqlite/stored_time.hpp"

namespace dblog::outbox {
namespace {

// bounded_pause(), with some room.
constexpr std::chrono::hours kLongestPause{25};

}  // namespace

Queue::Queue(OutboxDatabase& database, std::string channel, const Policy& policy,
             AlertRenderer renderer)
    : database_(database),
      channel_(std::move(channel)),
      policy_(policy),
      holder_(this_holder()),
      renderer_(std::move(renderer)) {}

void Queue::free_dead_leases(Timestamp now) {
  SQLite::Database& sqlite = database_.sqlite();
  if (rows_in_dead_hands(sqlite, channel_, now).empty()) return;
  database_.write([&] {
    for (const std::int64_t row : rows_in_dead_hands(sqlite, channel_, now)) {
      database_.execute("UPDATE outbox SET state = 'pending' WHERE id = ?1", row);
      end_lease(row);
    }
  });
}

std::int64_t Queue::hold(const std::vector<std::int64_t>& rows, const std::string& until,
                         const KeepGoing& keep_going) {
  std::int64_t held = 0;
  for (std::size_t at = 0; at < rows.size() && keep_going();) {
    database_.write([&] {
      const std::size_t end = std::min(at + static_cast<std::size_t>(kBatch), rows.size());
      for (; at < end; ++at) {
        held += database_.execute(
            "UPDATE outbox SET next_attempt = ?2 WHERE id = ?1 AND state = 'pending' AND "
            "next_attempt IS NOT ?2",
            rows[at], until);
      }
    });
  }
  return held;
}

std::optional<Timestamp> Queue::pause_end(Timestamp now) {
  const Timestamp until =
      time_of(database_.number("SELECT until FROM outbox_pauses WHERE channel = ?1", 0, channel_));
  return store::lies_ahead(until, now, kLongestPause) ? std::optional(until) : std::nullopt;
}

void Queue::pause(Timestamp until, Timestamp now) {
  database_.write([&] {
    const Timestamp known = pause_end(now).value_or(until);
    database_.execute("INSERT OR REPLACE INTO outbox_pauses (channel, until) VALUES (?1, ?2)",
                      channel_, microseconds_of(std::max(known, until)));
  });
}

void Queue::take_turn(Timestamp now, std::chrono::milliseconds pace) {
  if (pace.count() <= 0) return;
  database_.execute("INSERT OR REPLACE INTO outbox_pauses (channel, until) VALUES (?1, ?2)",
                    channel_, microseconds_of(now + pace));
}

void Queue::lease(std::int64_t carrier, Timestamp now) {
  database_.execute("UPDATE outbox SET state = 'sending' WHERE id = ?1", carrier);
  database_.execute(
      "INSERT OR REPLACE INTO outbox_leases (outbox_id, holder, expires) VALUES (?1, ?2, ?3)",
      carrier, holder_, microseconds_of(now + policy_.lease));
}

bool Queue::is_ours(std::int64_t carrier) {
  return database_.number(
             "SELECT 1 FROM outbox o JOIN outbox_leases l ON l.outbox_id = o.id WHERE o.id = ?1 "
             "AND o.state = 'sending' AND l.holder = ?2",
             0, carrier, holder_) != 0;
}

void Queue::end_lease(std::int64_t carrier) {
  database_.execute("DELETE FROM outbox_leases WHERE outbox_id = ?1", carrier);
}

void Queue::continue_conversations(std::int64_t carrier, Timestamp now) {
  constexpr const char* kGroups =
      "SELECT fingerprint FROM outbox_groups WHERE carrier_id = ?1 AND channel = ?2";
  constexpr const char* kGoesOn =
      "UPDATE outbox_groups SET messages = ?3, last_sent = ?4, quiet_until = ?5, ends = ?6, "
      "carrier_id = NULL WHERE channel = ?1 AND fingerprint = ?2";
  std::vector<std::string> keys;
  {
    const store::StatementUse row(database_.prepared(kGroups));
    OutboxDatabase::bind(*row, carrier, channel_);
    while (row->executeStep()) keys.push_back(row->getColumn(0).getString());
  }
  for (const std::string& key : keys) {
    const std::int64_t messages = group_state(database_.sqlite(), channel_, key, now).messages + 1;
    const auto quiet = quiet_after(policy_, messages);
    // Silence for as long again ends the conversation.
    database_.execute(kGoesOn, channel_, key, messages, microseconds_of(now),
                      microseconds_of(now + quiet), microseconds_of(now + 2 * quiet));
  }
}

void Queue::mark_sent(const ClaimedMessage& message, Timestamp now, const KeepGoing& keep_going) {
  // Whoever has it by now: it has arrived, and saying so is what prevents a second copy.
  database_.write([&] {
    database_.execute(
        "UPDATE outbox SET state = 'sent', sent = ?2, next_attempt = NULL, last_error = NULL "
        "WHERE id = ?1",
        message.carrier, local_date_text(now));
    continue_conversations(message.carrier, now);
    end_lease(message.carrier);
  });
  settle(database_, message.carrier, keep_going);
}

void Queue::mark_dead(const ClaimedMessage& message, const std::string& reason,
                      const KeepGoing& keep_going) {
  const bool was_ours = database_.write([&] {
    if (!is_ours(message.carrier)) return false;
    database_.execute(
        "UPDATE outbox SET state = 'dead', attempts = attempts + 1, next_attempt = NULL, "
        "last_error = ?2 WHERE id = ?1",
        message.carrier, reason);
    database_.execute("UPDATE outbox_groups SET carrier_id = NULL WHERE carrier_id = ?1",
                      message.carrier);
    end_lease(message.carrier);
    return true;
  });
  if (was_ours) settle(database_, message.carrier, keep_going);
}

void Queue::mark_failed(const ClaimedMessage& message, const std::string& reason,
                        const std::string& next_attempt, const KeepGoing& keep_going) {
  const bool was_ours = database_.write([&] {
    if (!is_ours(message.carrier)) return false;
    database_.execute(
        "UPDATE outbox SET state = 'pending', attempts = attempts + 1, next_attempt = ?2, "
        "last_error = ?3 WHERE id = ?1",
        message.carrier, next_attempt, reason);
    end_lease(message.carrier);
    return true;
  });
  if (was_ours) mirror_failure(database_, message.carrier, keep_going);
}

void Queue::give_back(const ClaimedMessage& message, const std::string& reason,
                      const KeepGoing& keep_going) {
  const bool says_new = database_.write([&] {
    if (!is_ours(message.carrier)) return false;
    database_.execute("UPDATE outbox SET state = 'pending' WHERE id = ?1", message.carrier);
    end_lease(message.carrier);
    if (reason.empty()) return false;
    return database_.execute(
               "UPDATE outbox SET last_error = ?2 WHERE id = ?1 AND last_error IS NOT ?2",
               message.carrier, reason) > 0;
  });
  if (says_new) mirror_failure(database_, message.carrier, keep_going);
}

}  // namespace dblog::outbox
