// Batches of folded rows.
#include "src/outbox/folding.hpp"

#include <utility>
#include <vector>

namespace dblog::outbox {
namespace {

constexpr const char* kEndOfBatch =
    "SELECT max(outbox_id) FROM (SELECT outbox_id FROM outbox_folds WHERE carrier_id = ?1 AND "
    "outbox_id > ?2 ORDER BY outbox_id LIMIT ?3)";

// Not if the row waits in another message that is open or unsettled.
constexpr const char* kFold =
    "INSERT INTO outbox_folds (outbox_id, carrier_id) "
    "SELECT id, ?2 FROM outbox WHERE id = ?1 AND state = 'pending' "
    "ON CONFLICT (outbox_id) DO UPDATE SET carrier_id = excluded.carrier_id WHERE "
    "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = outbox_folds.carrier_id AND "
    "o.state IN ('pending', 'sending')) AND "
    "NOT EXISTS (SELECT 1 FROM outbox_digests d WHERE d.carrier_id = outbox_folds.carrier_id AND "
    "d.is_settled = 0)";

// ?1: carrier, ?2 and ?3: the batch is the folds after ?2 up to ?3.
constexpr const char* kMirrorFailure =
    "UPDATE outbox SET (attempts, next_attempt, last_error) = "
    "(SELECT attempts, next_attempt, last_error FROM outbox c WHERE c.id = ?1) "
    "WHERE state = 'pending' AND id IN (SELECT outbox_id FROM outbox_folds WHERE carrier_id = ?1 "
    "AND outbox_id > ?2 AND outbox_id <= ?3)";
constexpr const char* kMirrorEnd =
    "UPDATE outbox SET (state, sent, attempts, next_attempt, last_error) = "
    "(SELECT state, sent, attempts, next_attempt, last_error FROM outbox c WHERE c.id = ?1) "
    "WHERE state = 'pending' AND id IN (SELECT outbox_id FROM outbox_folds WHERE carrier_id = ?1 "
    "AND outbox_id > ?2 AND outbox_id <= ?3)";
constexpr const char* kUnfold =
    "DELETE FROM outbox_folds WHERE carrier_id = ?1 AND outbox_id > ?2 AND outbox_id <= ?3";

constexpr const char* kUnsettled =
    "SELECT d.carrier_id, o.state FROM outbox_digests d LEFT JOIN outbox o ON o.id = d.carrier_id "
    "WHERE d.is_settled = 0 AND (o.state IS NULL OR (o.channel = ?1 AND o.state NOT IN "
    "('pending', 'sending')))";

// Runs `sql` over all folded rows of the carrier; false if it was ended early.
bool for_each_batch(OutboxDatabase& database, const char* sql, std::int64_t carrier,
                    const KeepGoing& keep_going) {
  std::int64_t done = 0;
  // Most messages have none: no write transaction for those.
  if (database.number(kEndOfBatch, -1, carrier, done, kBatch) < 0) return true;
  while (true) {
    const bool is_more = database.write([&] {
      const std::int64_t end = database.number(kEndOfBatch, -1, carrier, done, kBatch);
      if (end < 0) return false;
      database.execute(sql, carrier, done, end);
      done = end;
      return true;
    });
    if (!is_more) return true;
    if (!keep_going()) return false;
  }
}

}  // namespace

bool fold(OutboxDatabase& database, std::int64_t row, std::int64_t carrier) {
  return row != carrier && database.execute(kFold, row, carrier) > 0;
}

void mirror_failure(OutboxDatabase& database, std::int64_t carrier, const KeepGoing& keep_going) {
  (void)for_each_batch(database, kMirrorFailure, carrier, keep_going);
}

void settle(OutboxDatabase& database, std::int64_t carrier, const KeepGoing& keep_going) {
  constexpr const char* kDigest =
      "SELECT 1 FROM outbox_digests WHERE carrier_id = ?1 AND is_settled = 0";
  if (database.number(kDigest, 0, carrier) == 0) return;
  if (!for_each_batch(database, kMirrorEnd, carrier, keep_going)) return;
  database.write([&] {
    // A person may have made the carrier pending again meanwhile; then it is still needed.
    // The text stays: `dblog outbox show` shows what was sent.
    database.execute(
        "UPDATE outbox_digests SET is_settled = 1 WHERE carrier_id = ?1 AND EXISTS (SELECT 1 FROM "
        "outbox WHERE id = ?1 AND state NOT IN ('pending', 'sending'))",
        carrier);
  });
}

void settle_all(OutboxDatabase& database, const std::string& channel, const KeepGoing& keep_going) {
  std::vector<std::pair<std::int64_t, bool>> unsettled;
  {
    const store::StatementUse query(database.prepared(kUnsettled));
    query->bind(1, channel);
    while (query->executeStep()) {
      unsettled.emplace_back(query->getColumn(0).getInt64(), query->isColumnNull(1));
    }
  }
  for (const auto& [carrier, is_dropped] : unsettled) {
    if (!keep_going()) return;
    if (is_dropped) {
      take_apart(database, carrier, keep_going);
    } else {
      settle(database, carrier, keep_going);
    }
  }
}

void take_apart(OutboxDatabase& database, std::int64_t carrier, const KeepGoing& keep_going) {
  if (!for_each_batch(database, kUnfold, carrier, keep_going)) return;
  database.write([&] {
    database.execute("DELETE FROM outbox_digests WHERE carrier_id = ?1", carrier);
    database.execute("UPDATE outbox_groups SET carrier_id = NULL WHERE carrier_id = ?1", carrier);
  });
}

}  // namespace dblog::outbox
