// Batches of members.
#include "src/outbox/digest_members.hpp"

#include "src/outbox/kept_parts.hpp"

#include <utility>
#include <vector>

namespace dblog::outbox {
namespace {

constexpr const char* kEndOfBatch =
    "SELECT max(outbox_id) FROM (SELECT outbox_id FROM outbox_folds WHERE carrier_id = ?1 AND "
    "outbox_id > ?2 ORDER BY outbox_id LIMIT ?3)";

// Not if the row waits in another message that is open or unsettled.
constexpr const char* kAddMember =
    "INSERT INTO outbox_folds (outbox_id, carrier_id) "
    "SELECT id, ?2 FROM outbox WHERE id = ?1 AND state = 'pending' "
    "ON CONFLICT (outbox_id) DO UPDATE SET carrier_id = excluded.carrier_id WHERE "
    "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = outbox_folds.carrier_id AND "
    "o.state IN ('pending', 'sending')) AND "
    "NOT EXISTS (SELECT 1 FROM outbox_digests d WHERE d.carrier_id = outbox_folds.carrier_id AND "
    "d.is_settled = 0)";

// ?1: lead, ?2 and ?3: the batch is the members after ?2 up to ?3.
constexpr const char* kMirrorFailure =
    "UPDATE outbox SET (attempts, next_attempt, next_attempt_utc, last_error) = "
    "(SELECT attempts, next_attempt, next_attempt_utc, last_error FROM outbox c WHERE c.id = ?1) "
    "WHERE state = 'pending' AND id IN (SELECT outbox_id FROM outbox_folds WHERE carrier_id = ?1 "
    "AND outbox_id > ?2 AND outbox_id <= ?3)";
constexpr const char* kMirrorEnd =
    "UPDATE outbox SET (state, sent, sent_utc, attempts, next_attempt, next_attempt_utc, "
    "last_error) "
    "= (SELECT state, sent, sent_utc, attempts, next_attempt, next_attempt_utc, last_error FROM "
    "outbox c WHERE c.id = "
    "?1) "
    "WHERE state = 'pending' AND id IN (SELECT outbox_id FROM outbox_folds WHERE carrier_id = ?1 "
    "AND outbox_id > ?2 AND outbox_id <= ?3)";
constexpr const char* kRemoveMembers =
    "DELETE FROM outbox_folds WHERE carrier_id = ?1 AND outbox_id > ?2 AND outbox_id <= ?3";

constexpr const char* kUnsettled =
    "SELECT d.carrier_id, o.state FROM outbox_digests d LEFT JOIN outbox o ON o.id = d.carrier_id "
    "WHERE d.is_settled = 0 AND (o.state IS NULL OR (o.channel = ?1 AND o.state NOT IN "
    "('pending', 'sending')))";

// Runs `sql` over all members of the lead; false if it was ended early.
bool for_each_batch(OutboxDatabase& database, const char* sql, std::int64_t lead,
                    const KeepGoing& keep_going) {
  std::int64_t done = 0;
  // Most messages have none: no write transaction for those.
  if (database.number(kEndOfBatch, -1, lead, done, kBatch) < 0) return true;
  while (true) {
    const bool is_more = database.write([&] {
      const std::int64_t end = database.number(kEndOfBatch, -1, lead, done, kBatch);
      if (end < 0) return false;
      database.execute(sql, lead, done, end);
      done = end;
      return true;
    });
    if (!is_more) return true;
    if (!keep_going()) return false;
  }
}

}  // namespace

bool add_member(OutboxDatabase& database, std::int64_t row, std::int64_t lead) {
  return row != lead && database.execute(kAddMember, row, lead) > 0;
}

void mirror_failure(OutboxDatabase& database, std::int64_t lead, const KeepGoing& keep_going) {
  (void)for_each_batch(database, kMirrorFailure, lead, keep_going);
}

void settle(OutboxDatabase& database, std::int64_t lead, const KeepGoing& keep_going) {
  constexpr const char* kDigest =
      "SELECT 1 FROM outbox_digests WHERE carrier_id = ?1 AND is_settled = 0";
  if (database.number(kDigest, 0, lead) == 0) return;
  if (!for_each_batch(database, kMirrorEnd, lead, keep_going)) return;
  database.write([&] {
    // A person may have made the lead pending again meanwhile; then it is still needed.
    // The text stays: `dblog outbox show` shows what was sent.
    database.execute(
        "UPDATE outbox_digests SET is_settled = 1 WHERE carrier_id = ?1 AND EXISTS (SELECT 1 FROM "
        "outbox WHERE id = ?1 AND state NOT IN ('pending', 'sending'))",
        lead);
  });
}

void settle_all(OutboxDatabase& database, const std::string& channel, const KeepGoing& keep_going) {
  std::vector<std::pair<std::int64_t, bool>> unsettled;
  {
    const sqlite::StatementUse query(database.prepared(kUnsettled));
    query->bind(1, channel);
    while (query->executeStep()) {
      unsettled.emplace_back(query->getColumn(0).getInt64(), query->isColumnNull(1));
    }
  }
  for (const auto& [lead, is_dropped] : unsettled) {
    if (!keep_going()) return;
    if (is_dropped) {
      take_apart(database, lead, keep_going);
    } else {
      settle(database, lead, keep_going);
    }
  }
}

void take_apart(OutboxDatabase& database, std::int64_t lead, const KeepGoing& keep_going) {
  if (!for_each_batch(database, kRemoveMembers, lead, keep_going)) return;
  database.write([&] {
    database.execute("DELETE FROM outbox_digests WHERE carrier_id = ?1", lead);
    keep_parts(database, lead, {});
    database.execute("UPDATE outbox_groups SET carrier_id = NULL WHERE carrier_id = ?1", lead);
  });
}

}  // namespace dblog::outbox
