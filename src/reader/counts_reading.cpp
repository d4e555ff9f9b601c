#include "src/reader/counts_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <string>

#include "src/reader/entry_filter.hpp"
#include "src/reader/origin_reading.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
namespace {

constexpr std::size_t kMostCounts = 10'000;

// A date without its distance from UTC is one of this machine's local time.
std::string utc_seconds(SQLite::Database& database) {
  std::string local = "CAST(strftime('%s', substr(date, 1, 19), 'utc') AS INTEGER)";
  if (!sqlite::has_table(database, "crashes", "utc_offset")) return local;
  return "coalesce(CAST(strftime('%s', substr(date, 1, 19)) AS INTEGER) - utc_offset, " + local +
         ")";
}

void add_crashes(SQLite::Database& database, const Table& table, const EntryFilter& filter,
                 Counts& counts) {
  const FilterCondition condition{database, table, filter};
  SQLite::Statement statement{
      database, "SELECT executable, release, kind, signal_name, count(*) AS count, max(" +
                    utc_seconds(database) + ") AS newest FROM crashes WHERE true" +
                    condition.sql() + " GROUP BY executable, release, kind, signal_name"};
  condition.bind(statement);
  counts.crashes = sqlite::all_rows(statement, kMostCounts, counts.is_truncated);
}

// Of an event that says nothing, the severity is that of most.
std::string severity_sql(SQLite::Database& database, const std::string& id) {
  if (!sqlite::has_table(database, "event_facts", "severity")) return "'error'";
  return "coalesce((SELECT severity FROM event_facts WHERE source_table = ?1 AND source_id = " +
         id + "), 'error')";
}

std::string release_sql(SQLite::Database& database, const std::string& id) {
  if (!sqlite::has_table(database, "dblog_processes", "environment")) return "NULL";
  return "(SELECT release FROM dblog_processes WHERE dblog_processes.id = " +
         process_of_event_sql(database, "?1", id) + ")";
}

void add_events(SQLite::Database& database, const Table& table, const EntryFilter& filter,
                Counts& counts) {
  const FilterCondition condition{database, table, filter};
  const std::string name = sqlite::quoted_name(table.name);
  SQLite::Statement statement{database, "SELECT ?1 AS \"table\", " +
                                            severity_sql(database, name + ".id") +
                                            " AS severity, " + release_sql(database, name + ".id") +
                                            " AS release, count(*) AS count FROM " + name +
                                            " WHERE true" + condition.sql() + " GROUP BY 2, 3"};
  statement.bind(1, table.name);
  condition.bind(statement);
  const std::size_t room = kMostCounts - counts.events.size();
  for (sqlite::Row& row : sqlite::all_rows(statement, room, counts.is_truncated)) {
    counts.events.push_back(std::move(row));
  }
}

}  // namespace

Counts read_counts(SQLite::Database& database, const EntryFilter& filter) {
  Counts counts;
  for (const Table& table : find_tables(database)) {
    if (table.is_crashes) {
      if (sqlite::has_table(database, "crashes", "signal_name")) {
        add_crashes(database, table, filter, counts);
      }
    } else {
      add_events(database, table, filter, counts);
    }
  }
  return counts;
}

}  // namespace dblog::reader
