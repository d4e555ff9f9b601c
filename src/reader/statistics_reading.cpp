#include "src/reader/statistics_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <string>
#include <utility>

#include "src/reader/crash_places.hpp"
#include "src/reader/entry_filter.hpp"
#include "src/reader/origin_reading.hpp"
#include "src/reader/overview_reading.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/schema/event_words.hpp"
#include "src/sqlite/placeholder_tables.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
namespace {

/// The tallies of all tables together: days and programs are few, unless a file is hostile.
constexpr std::size_t kMostTallies = 100'000;

void add_tallies(SQLite::Statement& statement, Statistics& found) {
  const std::size_t left = kMostTallies - found.tallies.size();
  for (const sqlite::Row& row : sqlite::all_rows(statement, left, found.is_truncated)) {
    found.tallies.push_back({row.text("day").value_or(""), row.text("kind").value_or(""),
                             row.text("what").value_or(""), row.text("program").value_or(""),
                             row.integer("count").value_or(0)});
  }
}

void tally_crashes(SQLite::Database& database, const FilterCondition& filter, Statistics& found) {
  SQLite::Statement statement{
      database,
      "SELECT substr(CAST(date AS TEXT), 1, 10) AS day, kind, CASE kind WHEN 'killed' THEN cause "
      "ELSE coalesce(exception_type, signal_name, cause) END AS what, executable AS program, "
      "count(*) AS count FROM crashes WHERE true" +
          filter.sql() + " GROUP BY 1, 2, 3, 4"};
  filter.bind(statement);
  add_tallies(statement, found);
}

// Each row is looked at once; its program is looked up for each group, not for each row.
void tally_events(SQLite::Database& database, const Table& table, const EntryFilter& wanted,
                  Statistics& found) {
  const FilterCondition filter{database, table, wanted};
  const std::string name = sqlite::quoted_name(table.name);
  const std::string id = name + ".id";
  const std::string usual = "'" + std::string(schema::kUsualSeverityWord) + "'";
  const std::string severity =
      sqlite::has_table(database, "event_facts", "severity")
          ? "coalesce((SELECT severity FROM event_facts WHERE source_table = ?1 AND source_id = " +
                id + "), " + usual + ")"
          : usual;
  const std::string program = sqlite::has_table(database, "dblog_processes", "executable")
                                  ? "(SELECT executable FROM dblog_processes WHERE id = process)"
                                  : "NULL";
  SQLite::Statement statement{
      database, "SELECT day, 'event' AS kind, what, " + program +
                    " AS program, count(*) AS count FROM (SELECT substr(CAST(date AS TEXT), 1, 10) "
                    "AS day, " +
                    severity + " AS what, " + process_of_event_sql(database, "?1", id) +
                    " AS process FROM " + name + " WHERE ?1 <> ''" + filter.sql() +
                    ") GROUP BY day, what, process"};
  filter.bind(statement);
  statement.bind(1, table.name);
  add_tallies(statement, found);
}

void read_failures(SQLite::Database& database, const FilterCondition& filter, Statistics& found) {
  SQLite::Statement statement{
      database,
      "SELECT julianday(date) * 86400 - coalesce(utc_offset, 0) AS second FROM crashes "
      "WHERE kind <> 'ended' AND julianday(date) IS NOT NULL" +
          filter.sql() + " ORDER BY second"};
  filter.bind(statement);
  while (statement.executeStep()) found.failures.push_back(statement.getColumn(0).getDouble());
}

void read_groups_with_trend(SQLite::Database& database, const FilterCondition& filter,
                            const StatisticsQuery& query, Statistics& found) {
  SQLite::Statement statement{
      database,
      "SELECT fingerprint, count(*) AS count, count(*) FILTER (WHERE date >= ?1) AS last_week, "
      "count(*) FILTER (WHERE date >= ?2 AND date < ?1) AS week_before, min(date) < ?1 AS "
      "is_older, max(id) AS newest_crash FROM crashes WHERE fingerprint IS NOT NULL" +
          filter.sql() + " GROUP BY fingerprint ORDER BY count DESC, newest_crash DESC LIMIT 10"};
  filter.bind(statement);
  statement.bind(1, query.week_ago);
  statement.bind(2, query.two_weeks_ago);
  found.groups = sqlite::all_rows(statement);
  for (const sqlite::Row& group : found.groups) {
    auto newest =
        read_entry(database, Table{kCrashTable, true}, group.integer("newest_crash").value_or(0));
    found.newest.push_back(newest ? std::move(*newest) : Entry{});
  }
  add_places(database, found.newest);
}

void read_messages(SQLite::Database& database, const EntryFilter& filter, Statistics& found) {
  if (!sqlite::has_table(database, "outbox", "state")) return;
  SQLite::Statement statement{
      database,
      "SELECT channel, state, count(*) AS count FROM outbox WHERE (?1 IS NULL OR created >= ?1) "
      "AND (?2 IS NULL OR created < ?2) GROUP BY channel, state"};
  if (filter.since) statement.bind(1, *filter.since);
  if (filter.until) statement.bind(2, *filter.until);
  found.messages = sqlite::all_rows(statement, kMostOtherRows, found.is_truncated);
}

void read_size(SQLite::Database& database, Statistics& found) {
  const auto number = [&](const char* pragma) { return database.execAndGet(pragma).getInt64(); };
  const std::int64_t page = number("PRAGMA page_size");
  found.bytes = number("PRAGMA page_count") * page;
  found.free_bytes = number("PRAGMA freelist_count") * page;
}

// A process has no kind, no severity, no message of its own.
bool is_about_processes(const EntryFilter& filter) {
  EntryFilter rest = filter;
  for (auto* value : {&rest.since, &rest.until, &rest.release, &rest.environment}) value->reset();
  return rest == EntryFilter{};
}

}  // namespace

Statistics read_statistics(SQLite::Database& database, const StatisticsQuery& query) {
  Statistics found;
  for (const Table& table : find_tables(database)) {
    if (!table.is_crashes) {
      tally_events(database, table, query.filter, found);
      continue;
    }
    sqlite::add_placeholder_columns(database, kCrashTable);
    const FilterCondition filter{database, table, query.filter};
    tally_crashes(database, filter, found);
    read_failures(database, filter, found);
    read_groups_with_trend(database, filter, query, found);
  }
  if (is_about_processes(query.filter)) {
    found.releases = read_releases(database, query.filter, found.is_truncated);
  }
  read_messages(database, query.filter, found);
  read_size(database, found);
  return found;
}

}  // namespace dblog::reader
