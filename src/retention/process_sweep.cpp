#include "src/retention/process_sweep.hpp"

#include <SQLiteCpp/Statement.h>

#include "src/retention/prunable.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::retention {
namespace {

constexpr std::int64_t kProcessesAStep = 1'000;

// The last run of a table may be going on: others end where the next one begins, at the latest.
constexpr const char* kEnd =
    "coalesce(r.last_id, (SELECT min(n.first_id) - 1 FROM dblog_event_runs AS n WHERE "
    "n.source_table = r.source_table AND n.first_id > r.first_id))";

}  // namespace

bool ProcessSweep::step(SQLite::Database& database) {
  if (!are_runs_done_) {
    remove_runs(database);
  } else if (!is_done_) {
    remove_processes(database);
  }
  return !is_done_;
}

void ProcessSweep::remove_runs(SQLite::Database& database) {
  SQLite::Statement next(database,
                         "SELECT (SELECT min(source_table) FROM dblog_event_runs WHERE "
                         "source_table > ?1 AND typeof(source_table) = 'text')");
  next.bind(1, at_table_);
  if (!next.executeStep() || next.isColumnNull(0)) {
    are_runs_done_ = true;
    return;
  }
  at_table_ = next.getColumn(0).getString();
  next.reset();
  SQLite::Statement kind(database,
                         "SELECT type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND "
                         "name = ?1 COLLATE NOCASE");
  kind.bind(1, at_table_);
  std::string is_empty = "1";
  if (kind.executeStep()) {
    const bool is_readable =
        kind.getColumn(0).getString() == "table" && is_event_layout(kind.getColumn(1).getString());
    if (!is_readable) return;
    is_empty = std::string(kEnd) + " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " +
               sqlite::quoted_name(at_table_) + " AS e WHERE e.id BETWEEN r.first_id AND " + kEnd +
               ")";
  }
  kind.reset();
  SQLite::Statement remove(
      database,
      "DELETE FROM dblog_event_runs AS r WHERE r.source_table = ?1 AND r.first_id IN (SELECT "
      "r.first_id FROM dblog_event_runs AS r WHERE r.source_table = ?1 AND " +
          is_empty + ")");
  remove.bind(1, at_table_);
  remove.exec();
}

void ProcessSweep::remove_processes(SQLite::Database& database) {
  constexpr std::chrono::hours kKept{24 * 30};
  SQLite::Statement remove(
      database,
      "DELETE FROM dblog_processes WHERE id IN (SELECT id FROM dblog_processes WHERE "
      "coalesce(ended_utc, started_utc, 0) < ?1 AND id NOT IN (SELECT process_id FROM crashes "
      "WHERE process_id IS NOT NULL UNION SELECT process_id FROM event_stacks WHERE process_id IS "
      "NOT NULL UNION SELECT process_id FROM dblog_event_runs) LIMIT ?2)");
  remove.bind(1, static_cast<std::int64_t>((now_ - kKept).time_since_epoch().count()));
  remove.bind(2, kProcessesAStep);
  const int removed = remove.exec();
  removed_ += removed;
  is_done_ = removed < kProcessesAStep;
  if (removed == 0) return;
  database.exec("DELETE FROM dblog_exits WHERE process_id NOT IN (SELECT id FROM dblog_processes)");
}

}  // namespace dblog::retention
