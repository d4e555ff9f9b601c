// The view's query is taken from the schema: a file's own view may be anything.
#include "src/reader/group_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string_view>

#include "src/reader/crash_places.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/placeholder_tables.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::reader {
namespace {

// Databases of the older schema have neither groups nor this table.
bool has_groups(SQLite::Database& database) {
  if (!sqlite::has_table(database, "crashes", "fingerprint") ||
      !sqlite::has_table(database, "fingerprint_parts", "parts")) {
    return false;
  }
  sqlite::add_placeholder_columns(database, "crashes");
  return true;
}

std::string groups_query(const std::string& rest) {
  return std::string("SELECT * FROM (") + schema::kCrashGroups + ") " + rest;
}

// Of the groups seen last alone: the others' crashes are not read, only counted, in the index of
// fingerprints.
std::string newest_groups_query() {
  return groups_query(
      "WHERE fingerprint IN (SELECT fingerprint FROM crashes WHERE fingerprint IS NOT NULL "
      "GROUP BY fingerprint ORDER BY max(date) DESC, max(id) DESC LIMIT ?1) "
      "ORDER BY coalesce(last_seen_utc, last_seen) DESC, newest_crash DESC");
}

std::int64_t count_without_group(SQLite::Database& database) {
  if (!sqlite::has_table(database, "crashes", "fingerprint")) return 0;
  return database.execAndGet("SELECT count(*) FROM crashes WHERE fingerprint IS NULL").getInt64();
}

}  // namespace

base::Result<Groups> read_groups(SQLite::Database& database, std::int64_t limit) {
  Groups found;
  found.without_group = count_without_group(database);
  if (!has_groups(database)) return found;
  SQLite::Statement statement{database, newest_groups_query()};
  statement.bind(1, limit);
  found.groups = sqlite::all_rows(statement);
  SQLite::Statement crash{database, "SELECT * FROM crashes WHERE id = ?1"};
  for (const sqlite::Row& group : found.groups) {
    const std::int64_t id = group.integer("newest_crash").value_or(0);
    crash.reset();
    crash.bind(1, id);
    found.newest.push_back(
        {{kCrashTable, id}, true, false, sqlite::first_row(crash).value_or(sqlite::Row{})});
  }
  add_places(database, found.newest);
  add_group_states(database, found.newest);
  return found;
}

std::optional<sqlite::Row> read_group_state(SQLite::Database& database,
                                            const std::string& fingerprint) {
  if (!sqlite::has_table(database, "crash_group_states", "fingerprint")) return std::nullopt;
  SQLite::Statement row{database, "SELECT * FROM crash_group_states WHERE fingerprint = ?1"};
  row.bind(1, fingerprint);
  return sqlite::first_row(row);
}

Group read_group(SQLite::Database& database, const std::string& fingerprint) {
  Group group{fingerprint, std::nullopt, std::nullopt, read_group_state(database, fingerprint)};
  if (!has_groups(database)) return group;
  SQLite::Statement summary{database, groups_query("WHERE fingerprint = ?1")};
  summary.bind(1, fingerprint);
  group.summary = sqlite::first_row(summary);
  SQLite::Statement parts{database, "SELECT * FROM fingerprint_parts WHERE fingerprint = ?1"};
  parts.bind(1, fingerprint);
  group.parts = sqlite::first_row(parts);
  return group;
}

}  // namespace dblog::reader
