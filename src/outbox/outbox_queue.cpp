// States and leases. Every change of `outbox.state` is here; digest_members.cpp repeats those of a
// lead for its members.
#include "src/outbox/outbox_queue.hpp"

#include <algorithm>
#include <utility>

#include "src/outbox/due_time.hpp"
#include "src/outbox/group_state.hpp"
#include "src/outbox/lease_owner.hpp"
#include "src/sqlite/stored_time.hpp"

namespace dblog::outbox {
namespace {

// A lease that ends later than that was put there by a wrong clock.
constexpr std::chrono::seconds kLongestLease{180};
static_assert(Policy{}.lease < kLongestLease);

constexpr const char* kEndLease = "DELETE FROM outbox_leases WHERE outbox_id = ?1";
constexpr const char* kCloseGroups =
    "UPDATE outbox_groups SET carrier_id = NULL WHERE carrier_id = ?1";

// Rows that are being sent, of those of which `condition` on ?1 is true.
std::string sending_rows(const char* condition) {
  return std::string{
             "SELECT o.id, l.holder, l.expires FROM outbox o LEFT JOIN outbox_leases l ON "
             "l.outbox_id = o.id WHERE o.state = 'sending' AND "} +
         condition;
}

// When the lease of such a row ends; nothing if it counts no more.
std::optional<Timestamp> lease_end(SQLite::Statement& row, Timestamp now) {
  if (row.isColumnNull(2)) return std::nullopt;
  const Timestamp expires = time_of(row.getColumn(2).getInt64());
  const bool counts = sqlite::lies_ahead(expires, now, kLongestLease) &&
                      !is_dead_lease_owner(row.getColumn(1).getString());
  return counts ? std::optional(expires) : std::nullopt;
}

}  // namespace

Claims claims_of(SQLite::Database& database, const std::string& channel, Timestamp now) {
  Claims claims;
  SQLite::Statement row(database, sending_rows("o.channel = ?1"));
  row.bind(1, channel);
  while (row.executeStep()) {
    if (const auto end = lease_end(row, now)) {
      ++claims.living;
      claims.first_end = std::min(claims.first_end.value_or(*end), *end);
    } else {
      claims.orphaned.push_back(row.getColumn(0).getInt64());
    }
  }
  return claims;
}

OutboxQueue::OutboxQueue(OutboxDatabase& database, std::string channel, const Policy& policy,
                         AlertRenderer renderer)
    : database_(database),
      channel_(std::move(channel)),
      policy_(policy),
      owner_(this_lease_owner()),
      renderer_(std::move(renderer)) {}

void OutboxQueue::free_orphans(Timestamp now) {
  SQLite::Database& sqlite = database_.sqlite();
  if (claims_of(sqlite, channel_, now).orphaned.empty()) return;
  database_.write([&] {
    for (const std::int64_t row : claims_of(sqlite, channel_, now).orphaned) {
      database_.execute("UPDATE outbox SET state = 'pending' WHERE id = ?1", row);
      database_.execute(kEndLease, row);
    }
  });
}

// Body on each row, kBatch of them a transaction; the sum of what it returns.
template <typename Body>
std::int64_t OutboxQueue::each_row(const std::vector<std::int64_t>& rows,
                                   const KeepGoing& keep_going, const Body& body) {
  std::int64_t changed = 0;
  for (std::size_t at = 0; at < rows.size() && keep_going();) {
    database_.write([&] {
      const std::size_t end = std::min(at + static_cast<std::size_t>(kBatch), rows.size());
      for (; at < end; ++at) changed += body(rows[at]);
    });
  }
  return changed;
}

std::int64_t OutboxQueue::hold(const std::vector<std::int64_t>& rows, Timestamp until,
                               const KeepGoing& keep_going) {
  return each_row(rows, keep_going, [&](std::int64_t row) {
    return database_.execute(
        "UPDATE outbox SET next_attempt = ?2, next_attempt_utc = ?3 WHERE id = ?1 AND state = "
        "'pending' AND (next_attempt IS NOT ?2 OR next_attempt_utc IS NOT ?3)",
        row, local_date_text(until), microseconds_of(until));
  });
}

std::int64_t OutboxQueue::suppress(const std::vector<std::int64_t>& rows, std::string_view rule,
                                   const KeepGoing& keep_going) {
  return each_row(rows, keep_going, [&](std::int64_t row) {
    return database_.execute(
        "UPDATE outbox SET state = 'suppressed', suppressed_by = ?2, next_attempt = NULL, "
        "next_attempt_utc = "
        "NULL WHERE id = ?1 AND "
        "state = 'pending' AND NOT EXISTS (SELECT 1 FROM outbox_folds f JOIN outbox c ON c.id = "
        "f.carrier_id WHERE f.outbox_id = ?1 AND c.state IN ('pending', 'sending'))",
        row, std::string{rule});
  });
}

void OutboxQueue::begin_sending(std::int64_t lead, Timestamp now) {
  database_.execute("UPDATE outbox SET state = 'sending' WHERE id = ?1", lead);
  database_.execute(
      "INSERT OR REPLACE INTO outbox_leases (outbox_id, holder, expires) VALUES (?1, ?2, ?3)", lead,
      owner_, microseconds_of(now + policy_.lease));
}

bool OutboxQueue::is_ours(std::int64_t lead) {
  return database_.number(
             "SELECT 1 FROM outbox o JOIN outbox_leases l ON l.outbox_id = o.id WHERE o.id = ?1 "
             "AND o.state = 'sending' AND l.holder = ?2",
             0, lead, owner_) != 0;
}

// change() and the end of the lease in one transaction; false, and nothing, if it is not ours.
template <typename Change>
bool OutboxQueue::conclude(std::int64_t lead, const Change& change) {
  return database_.write([&] {
    if (!is_ours(lead)) return false;
    change();
    database_.execute(kEndLease, lead);
    return true;
  });
}

void OutboxQueue::mark_sent(const ClaimedMessage& message, Timestamp now,
                            const KeepGoing& keep_going) {
  // Also if another flush has it by now: see the protocol.
  database_.write([&] {
    database_.execute(
        "UPDATE outbox SET state = 'sent', sent = ?2, sent_utc = ?3, next_attempt = NULL, "
        "next_attempt_utc = NULL, last_error = NULL WHERE id = ?1",
        message.lead, local_date_text(now), microseconds_of(now));
    continue_conversations(database_, channel_, message.lead, policy_, now);
    database_.execute(kEndLease, message.lead);
  });
  settle(database_, message.lead, keep_going);
}

void OutboxQueue::mark_dead(const ClaimedMessage& message, const std::string& reason,
                            const KeepGoing& keep_going) {
  const bool was_ours = conclude(message.lead, [&] {
    database_.execute(
        "UPDATE outbox SET state = 'dead', attempts = attempts + 1, next_attempt = NULL, "
        "next_attempt_utc = NULL, last_error = ?2 WHERE id = ?1",
        message.lead, reason);
    database_.execute(kCloseGroups, message.lead);
  });
  if (was_ours) settle(database_, message.lead, keep_going);
}

void OutboxQueue::mark_failed(const ClaimedMessage& message, const std::string& reason,
                              Timestamp next_attempt, const KeepGoing& keep_going) {
  const bool was_ours = conclude(message.lead, [&] {
    database_.execute(
        "UPDATE outbox SET state = 'pending', attempts = attempts + 1, next_attempt = ?2, "
        "next_attempt_utc = ?4, last_error = ?3 WHERE id = ?1",
        message.lead, local_date_text(next_attempt), reason, microseconds_of(next_attempt));
  });
  if (was_ours) mirror_failure(database_, message.lead, keep_going);
}

void OutboxQueue::give_back(const ClaimedMessage& message, const std::string& reason,
                            const KeepGoing& keep_going) {
  bool has_new_error = false;
  conclude(message.lead, [&] {
    database_.execute("UPDATE outbox SET state = 'pending' WHERE id = ?1", message.lead);
    has_new_error = !reason.empty() &&
                    database_.execute(
                        "UPDATE outbox SET last_error = ?2 WHERE id = ?1 AND last_error IS NOT ?2",
                        message.lead, reason) > 0;
  });
  if (has_new_error) mirror_failure(database_, message.lead, keep_going);
}

namespace {

// The list of `outcome` in which the row belongs.
std::vector<std::int64_t>& fate_of(OutboxDatabase& database, std::int64_t row, Timestamp now,
                                   ChangeOutcome& outcome) {
  if (database.number("SELECT 1 FROM outbox WHERE id = ?1", 0, row) == 0) return outcome.unknown;
  SQLite::Statement sending(database.sqlite(), sending_rows("o.id = ?1"));
  sending.bind(1, row);
  return sending.executeStep() && lease_end(sending, now) ? outcome.busy : outcome.done;
}

// One row a transaction: few rows, named by people.
template <typename Body>
base::Result<ChangeOutcome> change(const std::filesystem::path& path,
                                   const std::vector<std::int64_t>& rows, Timestamp now,
                                   const Body& body) {
  auto opened = OutboxDatabase::open(path);
  if (!opened) return opened.error();
  OutboxDatabase& database = **opened;
  return database.guarded([&] {
    ChangeOutcome outcome;
    for (const std::int64_t row : rows) {
      auto& fate = *database.write([&] {
        auto& found = fate_of(database, row, now, outcome);
        if (&found != &outcome.done) return &found;
        for (const char* sql :
             {"DELETE FROM outbox_folds WHERE outbox_id = ?1", kCloseGroups, kEndLease}) {
          database.execute(sql, row);
        }
        body(database, row);
        return &found;
      });
      if (&fate == &outcome.done) take_apart(database, row, [] { return true; });
      fate.push_back(row);
    }
    return outcome;
  });
}

}  // namespace

base::Result<ChangeOutcome> drop(const std::filesystem::path& database,
                                 const std::vector<std::int64_t>& rows, Timestamp now) {
  return change(database, rows, now, [](OutboxDatabase& open, std::int64_t row) {
    open.execute("DELETE FROM outbox WHERE id = ?1", row);
  });
}

base::Result<ChangeOutcome> replay(const std::filesystem::path& database,
                                   const std::vector<std::int64_t>& rows, Timestamp now) {
  constexpr const char* kPendingAgain =
      "UPDATE outbox SET state = 'pending', attempts = 0, next_attempt = ?2, next_attempt_utc = "
      "?3, last_error = NULL, suppressed_by = NULL WHERE id = ?1";
  return change(database, rows, now, [now](OutboxDatabase& open, std::int64_t row) {
    open.execute(kPendingAgain, row, local_date_text(now), microseconds_of(now));
  });
}

base::Result<std::int64_t> replay_dead(const std::filesystem::path& path, Timestamp now) {
  constexpr const char* kDead =
      "SELECT max(id) FROM (SELECT id FROM outbox WHERE id > ?1 AND state = 'dead' ORDER BY id "
      "LIMIT ?2)";
  constexpr const char* kRemoveMembers =
      "DELETE FROM outbox_folds WHERE outbox_id > ?1 AND outbox_id <= ?2 AND EXISTS "
      "(SELECT 1 FROM outbox WHERE id = outbox_id AND state = 'dead')";
  constexpr const char* kForget =
      "DELETE FROM outbox_digests WHERE carrier_id > ?1 AND carrier_id <= ?2 AND EXISTS "
      "(SELECT 1 FROM outbox WHERE id = carrier_id AND state = 'dead')";
  constexpr const char* kForgetParts =
      "DELETE FROM outbox_parts WHERE carrier_id > ?1 AND carrier_id <= ?2 AND EXISTS "
      "(SELECT 1 FROM outbox WHERE id = carrier_id AND state = 'dead')";
  constexpr const char* kRevive =
      "UPDATE outbox SET state = 'pending', attempts = 0, next_attempt = ?3, next_attempt_utc = "
      "?4, last_error = NULL WHERE id > ?1 AND id <= ?2 AND state = 'dead'";
  auto database = OutboxDatabase::open(path);
  if (!database) return database.error();
  return (*database)->guarded([&] {
    std::int64_t revived = 0;
    for (std::int64_t done = 0; done >= 0;) {
      done = (*database)->write([&] {
        const std::int64_t end = (*database)->number(kDead, -1, done, kBatch);
        if (end < 0) return end;
        (*database)->execute(kRemoveMembers, done, end);
        (*database)->execute(kForget, done, end);
        (*database)->execute(kForgetParts, done, end);
        revived +=
            (*database)->execute(kRevive, done, end, local_date_text(now), microseconds_of(now));
        return end;
      });
    }
    return revived;
  });
}

}  // namespace dblog::outbox
