#include "src/merge/event_merge.hpp"

#include <optional>
#include <vector>

#include "src/merge/row_copy.hpp"
#include "src/merge/row_match.hpp"
#include "src/reader/origin_reading.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/table_name.hpp"
#include "src/store/event_tables.hpp"

namespace dblog::merge {
namespace {

constexpr const char* kHardwareColumns =
    "task, pid, cpu_times, cpu_usage, memory, mem_use, read_count, write_count, date";

// Stacks that new events name. A stack is named by a hash of its frames: who has it has its frames.
class StackCopy {
 public:
  StackCopy(SQLite::Database& source, Target& target)
      : stacks_(source, target, "stacks"), frames_(source, target, "stack_frames") {}

  void add(std::int64_t id) {
    if (!stacks_.has("id") || !frames_.has("stack_id")) return;
    if (stacks_.add_all(" WHERE id = ?1", id) == 0) return;
    frames_.add_all(" WHERE stack_id = ?1 ORDER BY depth, rowid", id);
  }

 private:
  RowCopy stacks_, frames_;
};

// Of the new events alone: the others have theirs. Both databases may write the table's name in
// other letters.
void merge_parts(SQLite::Database& source, Target& target, const std::string& source_table,
                 const std::string& target_table) {
  const auto new_id = [&](std::int64_t id) {
    return target.number("SELECT target_id FROM temp.dblog_merge_new WHERE source_id = ?1", id);
  };
  StackCopy stacks{source, target};
  const auto stack = [&](std::int64_t id) {
    stacks.add(id);
    return std::optional{id};
  };
  for (const char* part : schema::kEventParts) {
    RowCopy rows{source,
                 target,
                 part,
                 {{"source_id", new_id, true}, {"pushed_at", stack}, {"thrown_at", stack}}};
    if (!rows.has("source_table")) continue;
    rows.write("source_table", target_table);
    rows.add_all(" WHERE source_table = ?1 COLLATE NOCASE", source_table);
  }
}

// Which process wrote those that have no stack, as runs of ids. The last run of the target may be
// open: it ends before them.
void add_runs(Target& target, const std::string& table, const NewRows& rows) {
  target.run(
      "UPDATE dblog_event_runs SET last_id = ?2 WHERE source_table = ?1 AND last_id IS NULL AND "
      "first_id = (SELECT max(first_id) FROM dblog_event_runs WHERE source_table = ?1)",
      table, rows.first_id - 1);
  target.run(
      "INSERT OR REPLACE INTO dblog_event_runs (source_table, first_id, last_id, process_id, "
      "utc_offset) SELECT ?1, min(id), max(id), process_id, utc_offset FROM (SELECT n.target_id AS "
      "id, s.process_id, s.utc_offset, n.target_id - row_number() OVER (PARTITION BY s.process_id, "
      "s.utc_offset ORDER BY n.target_id) AS island FROM temp.dblog_merge_new AS n JOIN "
      "temp.dblog_merge_staged AS s ON s.id = n.source_id WHERE s.process_id IS NOT NULL AND "
      "s.utc_offset IS NOT NULL) GROUP BY process_id, utc_offset, island",
      table);
}

// `more` columns. Another program's table may have other ids than numbers.
std::string rows_query(SQLite::Database& database, const std::string& quoted,
                       const std::string& more = "") {
  const std::string id = quoted + ".id";
  return "SELECT " + id + " AS id, msg, date, " + reader::process_of_event_sql(database, "?1", id) +
         " AS process_id" + more + " FROM " + quoted + " WHERE typeof(" + id + ") = 'integer'";
}

void merge_table(SQLite::Database& source, Target& target, const sqlite::TableName& name,
                 MergeReport& report) {
  const std::string table = target.spelling_of(name.text());
  const std::string quoted = sqlite::quoted_name(table);
  const MatchedTable matched{
      .name = table,
      .quoted = quoted,
      .columns = "msg, date",
      .staged = "msg VARCHAR, date DATETIME, process_id INTEGER, utc_offset INTEGER",
      .keys = "date, msg",
      .owner = "process_id",
      .in_target =
          target.work([&](SQLite::Database& database) { return rows_query(database, quoted); }),
  };
  const std::string utc_offset =
      reader::utc_offset_of_event_sql(source, "?1", name.quoted() + ".id");
  const NewRows rows =
      add_unmatched(source, rows_query(source, name.quoted(), ", " + utc_offset) + " ORDER BY id",
                    name.text(), target, matched);
  if (rows.count == 0) return;
  merge_parts(source, target, name.text(), table);
  add_runs(target, table, rows);
  report.events += rows.count;
  report.tables.push_back({table, rows.count});
}

}  // namespace

void merge_hardware(SQLite::Database& source, Target& target, MergeReport& report) {
  if (!sqlite::has_table(source, "hw_logs", "write_count")) return;
  // Without the task, which rules for scrubbing may have changed in one of the databases.
  const MatchedTable table{
      .name = "hw_logs",
      .quoted = "hw_logs",
      .columns = kHardwareColumns,
      .staged =
          "task VARCHAR, pid INTEGER, cpu_times VARCHAR, cpu_usage VARCHAR, memory VARCHAR, "
          "mem_use VARCHAR, read_count INTEGER, write_count INTEGER, date DATETIME",
      .keys = "date, pid, cpu_times, memory, read_count, write_count",
      .owner = "",
      .in_target =
          "SELECT id, date, pid, cpu_times, memory, read_count, write_count FROM main.hw_logs",
  };
  const std::string rows =
      std::string("SELECT id, ") + kHardwareColumns + " FROM hw_logs WHERE typeof(id) = 'integer'";
  report.snapshots = add_unmatched(source, rows, "hw_logs", target, table).count;
  if (report.snapshots == 0) return;
  RowCopy details{source,
                  target,
                  "hw_details",
                  {{"hw_log_id",
                    [&](std::int64_t id) {
                      return target.number(
                          "SELECT target_id FROM temp.dblog_merge_new WHERE source_id = ?1", id);
                    },
                    true}}};
  details.add_all();
}

void merge_events(SQLite::Database& source, Target& target, const std::string& path,
                  MergeReport& report, const Step& step) {
  for (const reader::Table& table : reader::find_tables(source)) {
    if (table.is_crashes) continue;
    step(table.name);
    target.run("SAVEPOINT merge_table");
    try {
      const auto name = sqlite::TableName::parse(table.name);
      if (!name) throw sqlite::StoreError(name.error());
      target.work([&](SQLite::Database& database) {
        store::EventTables{database, path}.make_or_check(*name);
      });
      merge_table(source, target, *name, report);
    } catch (const sqlite::StoreError& failure) {
      if (failure.error().code != base::ErrorCode::invalid_argument) throw;
      target.run("ROLLBACK TO merge_table");
      report.left_out.push_back({table.name, failure.error().why});
    }
    target.run("RELEASE merge_table");
  }
}

}  // namespace dblog::merge
