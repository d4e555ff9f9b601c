// Orphans, then mark, then sweep.
#include "src/retention/stack_sweep.hpp"

#include <SQLiteCpp/Statement.h>

#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include "src/retention/prunable.hpp"
#include "src/retention/unused_groups.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/table_name.hpp"
#include "src/sqlite/transaction.hpp"

namespace dblog::retention {
namespace {

constexpr std::int64_t kRowsAStep = 10'000;
constexpr std::int64_t kStacksAStep = 50;
constexpr std::int64_t kOrphansAStep = 2'000;

// That a row `s` of a part has no event in its table. Nothing where that cannot be looked up
// by ids: in a foreign view or table.
std::optional<std::string> orphan_sql(SQLite::Database& database, const std::string& table) {
  SQLite::Statement row(database,
                        "SELECT type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND "
                        "name = ?1 COLLATE NOCASE");
  row.bind(1, table);
  if (!row.executeStep()) return "1";
  if (row.getColumn(0).getString() != "table" || !is_event_layout(row.getColumn(1).getString())) {
    return std::nullopt;
  }
  return "NOT EXISTS (SELECT 1 FROM " + sqlite::quoted_name(table) +
         " AS r WHERE r.id = s.source_id)";
}

void add(std::unordered_set<std::int64_t>& named, SQLite::Statement& row, int column) {
  for (const int each : {column, column + 1}) {
    if (!row.isColumnNull(each)) named.insert(row.getColumn(each).getInt64());
  }
}

}  // namespace

bool StackSweep::step(SQLite::Database& database) {
  if (orphans_part_ < std::size(schema::kEventParts)) {
    remove_orphans(database);
  } else if (!is_marked_) {
    mark(database);
  } else if (!is_done_) {
    sweep(database);
  }
  return !is_done_;
}

// A stretch of one table's rows. Found without a lock, and deleted by the same condition.
void StackSweep::remove_orphans(SQLite::Database& database) {
  const std::string part = schema::kEventParts[orphans_part_];
  SQLite::Statement next(
      database,
      "SELECT s.source_table, max(s.source_id) FROM (SELECT source_table, "
      "source_id FROM " +
          part + " WHERE source_table = (SELECT source_table FROM " + part +
          " WHERE (source_table, source_id) > (?1, ?2) AND "
          "typeof(source_table) = 'text' AND typeof(source_id) = 'integer' "
          "ORDER BY source_table, source_id LIMIT 1) AND (source_table, source_id) > (?1, ?2) AND "
          "typeof(source_id) = 'integer' ORDER BY source_id LIMIT ?3) AS s");
  next.bind(1, orphans_table_);
  next.bind(2, orphans_at_);
  next.bind(3, kOrphansAStep);
  if (!next.executeStep() || next.isColumnNull(0)) {
    ++orphans_part_;
    orphans_table_.clear();
    orphans_at_ = 0;
    return;
  }
  const std::string table = next.getColumn(0).getString();
  const std::int64_t last = next.getColumn(1).getInt64();
  const bool is_same = table == orphans_table_;
  const std::int64_t after = is_same ? orphans_at_ : std::numeric_limits<std::int64_t>::min();
  orphans_table_ = table;
  orphans_at_ = last;
  next.reset();
  const auto has_any = [&](const char* verb) {
    const auto is_orphan = orphan_sql(database, table);
    if (!is_orphan) return false;
    SQLite::Statement rows(database, std::string(verb) + " FROM " + part +
                                         " AS s WHERE s.source_table = ?1 AND s.source_id BETWEEN "
                                         "?2 AND ?3 AND " +
                                         *is_orphan);
    rows.bind(1, table);
    rows.bind(2, after);
    rows.bind(3, last);
    return rows.executeStep();
  };
  if (!has_any("SELECT 1")) return;
  sqlite::Transaction transaction(database);
  (void)has_any("DELETE");
  transaction.commit();
}

void StackSweep::mark(SQLite::Database& database) {
  SQLite::Statement row(database,
                        "SELECT source_table, source_id, pushed_at, thrown_at FROM event_stacks "
                        "WHERE (source_table, source_id) > (?1, ?2) AND typeof(source_table) = "
                        "'text' AND typeof(source_id) = 'integer' ORDER BY source_table, source_id "
                        "LIMIT ?3");
  row.bind(1, at_table_);
  row.bind(2, at_id_);
  row.bind(3, kRowsAStep);
  std::int64_t rows = 0;
  while (row.executeStep()) {
    ++rows;
    const char* table = row.getColumn(0).getText();
    if (at_table_ != table) at_table_ = table;
    at_id_ = row.getColumn(1).getInt64();
    seen_[at_table_] = at_id_;
    add(named_, row, 2);
  }
  is_marked_ = rows < kRowsAStep;
}

void StackSweep::mark_newer(SQLite::Database& database) {
  SQLite::Statement table(database,
                          "SELECT min(source_table) FROM event_stacks WHERE source_table > ?1 AND "
                          "typeof(source_table) = 'text'");
  SQLite::Statement row(database,
                        "SELECT source_id, pushed_at, thrown_at FROM event_stacks WHERE "
                        "source_table = ?1 AND source_id > ?2");
  std::string name;
  while (true) {
    table.reset();
    table.bind(1, name);
    if (!table.executeStep() || table.isColumnNull(0)) return;
    name = table.getColumn(0).getString();
    const auto known = seen_.emplace(name, std::numeric_limits<std::int64_t>::min()).first;
    row.reset();
    row.bind(1, name);
    row.bind(2, known->second);
    while (row.executeStep()) {
      known->second = row.getColumn(0).getInt64();
      add(named_, row, 1);
    }
  }
}

void StackSweep::sweep(SQLite::Database& database) {
  std::vector<std::int64_t> unnamed;
  {
    SQLite::Statement row(database, has_swept_
                                        ? "SELECT id FROM stacks WHERE id > ?1 ORDER BY id"
                                        : "SELECT id FROM stacks WHERE id >= ?1 ORDER BY id");
    row.bind(1, has_swept_ ? at_stack_ : std::numeric_limits<std::int64_t>::min());
    is_done_ = true;
    while (row.executeStep()) {
      const std::int64_t id = row.getColumn(0).getInt64();
      if (named_.count(id) != 0) continue;
      unnamed.push_back(id);
      at_stack_ = id;
      has_swept_ = true;
      is_done_ = unnamed.size() < static_cast<std::size_t>(kStacksAStep);
      if (!is_done_) break;
    }
  }
  if (unnamed.empty()) return;
  sqlite::Transaction transaction(database);
  mark_newer(database);
  SQLite::Statement frames(database, "DELETE FROM stack_frames WHERE stack_id = ?1");
  SQLite::Statement stack(database, "DELETE FROM stacks WHERE id = ?1 RETURNING fingerprint");
  std::set<std::string> groups;
  for (const std::int64_t id : unnamed) {
    if (named_.count(id) != 0) continue;
    frames.reset();
    frames.bind(1, id);
    frames.exec();
    stack.reset();
    stack.bind(1, id);
    while (stack.executeStep()) {
      ++removed_;
      if (!stack.isColumnNull(0)) groups.insert(stack.getColumn(0).getString());
    }
  }
  forget_unused_groups(database, {groups.begin(), groups.end()});
  transaction.commit();
}

}  // namespace dblog::retention
