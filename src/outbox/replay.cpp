// One row a transaction: few rows, named by people.
#include "src/outbox/replay.hpp"

#include "src/outbox/due_time.hpp"
#include "src/outbox/folding.hpp"
#include "src/outbox/lease_owner.hpp"
#include "src/outbox/outbox_database.hpp"

namespace dblog::outbox {
namespace {

constexpr const char* kState =
    "SELECT CASE state WHEN 'sending' THEN 1 ELSE 0 END FROM outbox "
    "WHERE id = ?1";
constexpr const char* kPendingAgain =
    "UPDATE outbox SET state = 'pending', attempts = 0, next_attempt = ?2, last_error = NULL "
    "WHERE id = ?1";
constexpr const char* kUnfoldRow = "DELETE FROM outbox_folds WHERE outbox_id = ?1";
constexpr const char* kCloseGroups =
    "UPDATE outbox_groups SET carrier_id = NULL WHERE carrier_id = ?1";

enum class Change { done, unknown, busy };

bool always() { return true; }

// A row that is being sent belongs to whoever has its lease; one whose holder is dead does not.
Change look_up(OutboxDatabase& database, std::int64_t row) {
  const std::int64_t is_sending = database.number(kState, -1, row);
  if (is_sending < 0) return Change::unknown;
  if (is_sending == 0) return Change::done;
  const store::StatementUse lease(
      database.prepared("SELECT holder FROM outbox_leases WHERE outbox_id = ?1 AND expires > ?2"));
  OutboxDatabase::bind(*lease, row, microseconds_of(dblog::now()));
  const bool lives = lease->executeStep() && !is_dead_lease_owner(lease->getColumn(0).getString());
  return lives ? Change::busy : Change::done;
}

template <typename Body>
base::Result<ChangeOutcome> change(const std::filesystem::path& path,
                                   const std::vector<std::int64_t>& rows, const Body& body) {
  auto database = OutboxDatabase::open(path);
  if (!database) return database.error();
  return (*database)->guarded([&] {
    ChangeOutcome outcome;
    for (const std::int64_t row : rows) {
      const Change found = (*database)->write([&] {
        const Change state = look_up(**database, row);
        if (state == Change::done) body(**database, row);
        return state;
      });
      if (found == Change::done) take_apart(**database, row, always);
      auto& list = found == Change::done      ? outcome.done
                   : found == Change::unknown ? outcome.unknown
                                              : outcome.busy;
      list.push_back(row);
    }
    return outcome;
  });
}

}  // namespace

base::Result<ChangeOutcome> drop(const std::filesystem::path& database,
                                 const std::vector<std::int64_t>& rows) {
  return change(database, rows, [](OutboxDatabase& open, std::int64_t row) {
    open.execute(kUnfoldRow, row);
    open.execute(kCloseGroups, row);
    open.execute("DELETE FROM outbox_leases WHERE outbox_id = ?1", row);
    open.execute("DELETE FROM outbox WHERE id = ?1", row);
  });
}

base::Result<ChangeOutcome> replay(const std::filesystem::path& database,
                                   const std::vector<std::int64_t>& rows, Timestamp now) {
  const std::string due = local_date_text(now);
  return change(database, rows, [&due](OutboxDatabase& open, std::int64_t row) {
    open.execute(kUnfoldRow, row);
    open.execute(kCloseGroups, row);
    open.execute("DELETE FROM outbox_leases WHERE outbox_id = ?1", row);
    open.execute(kPendingAgain, row, due);
  });
}

base::Result<std::int64_t> replay_dead(const std::filesystem::path& path, Timestamp now) {
  constexpr const char* kDead =
      "SELECT max(id) FROM (SELECT id FROM outbox WHERE id > ?1 AND state = 'dead' ORDER BY id "
      "LIMIT ?2)";
  constexpr const char* kUnfold =
      "DELETE FROM outbox_folds WHERE outbox_id > ?1 AND outbox_id <= ?2 AND EXISTS "
      "(SELECT 1 FROM outbox WHERE id = outbox_id AND state = 'dead')";
  constexpr const char* kForget =
      "DELETE FROM outbox_digests WHERE carrier_id > ?1 AND carrier_id <= ?2 AND EXISTS "
      "(SELECT 1 FROM outbox WHERE id = carrier_id AND state = 'dead')";
  constexpr const char* kRevive =
      "UPDATE outbox SET state = 'pending', attempts = 0, next_attempt = ?3, last_error = NULL "
      "WHERE id > ?1 AND id <= ?2 AND state = 'dead'";
  auto database = OutboxDatabase::open(path);
  if (!database) return database.error();
  return (*database)->guarded([&] {
    std::int64_t revived = 0;
    for (std::int64_t done = 0; done >= 0;) {
      done = (*database)->write([&] {
        const std::int64_t end = (*database)->number(kDead, -1, done, kBatch);
        if (end < 0) return end;
        (*database)->execute(kUnfold, done, end);
        (*database)->execute(kForget, done, end);
        revived += (*database)->execute(kRevive, done, end, local_date_text(now));
        return end;
      });
    }
    return revived;
  });
}

}  // namespace dblog::outbox
