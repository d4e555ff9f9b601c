// The view's query is taken from the schema: a file's own view may be anything.
#include "src/reader/group_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string_view>
#include <vector>

#include "src/reader/crash_places.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::reader {
namespace {

// Databases of the older schema have neither groups nor this table.
bool has_groups(SQLite::Database& database) {
  return store::has_table(database, "crashes", "fingerprint") &&
         store::has_table(database, "fingerprint_parts", "parts");
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
      "ORDER BY last_seen DESC, newest_crash DESC");
}

std::int64_t count_without_group(SQLite::Database& database) {
  if (!store::has_table(database, "crashes", "fingerprint")) return 0;
  return database.execAndGet("SELECT count(*) FROM crashes WHERE fingerprint IS NULL").getInt64();
}

}  // namespace

base::Result<Groups> read_groups(SQLite::Database& database, std::int64_t limit) {
  Groups found;
  found.without_group = count_without_group(database);
  if (!has_groups(database)) return found;
  SQLite::Statement statement{database, newest_groups_query()};
  statement.bind(1, limit);
  found.groups = store::all_rows(statement);
  SQLite::Statement crash{database, "SELECT * FROM crashes WHERE id = ?1"};
  for (const store::Row& group : found.groups) {
    const std::int64_t id = group.integer("newest_crash").value_or(0);
    crash.reset();
    crash.bind(1, id);
    found.newest.push_back(
        {{kCrashTable, id}, true, false, store::first_row(crash).value_or(store::Row{})});
  }
  add_places(database, found.newest);
  return found;
}

base::Result<std::string> find_fingerprint(SQLite::Database& database,
                                           const std::string& beginning) {
  std::vector<std::string> found;
  if (has_groups(database) && store::has_table(database, "stacks", "fingerprint")) {
    SQLite::Statement statement{
        database,
        // Nothing that begins so comes after char(1114111), Unicode's last.
        "SELECT fingerprint FROM (SELECT fingerprint FROM crashes WHERE fingerprint >= ?1 AND "
        "fingerprint <= ?1 || char(1114111) UNION SELECT fingerprint FROM stacks WHERE "
        "fingerprint >= ?1 AND fingerprint <= ?1 || char(1114111)) "
        "ORDER BY fingerprint IS NOT ?1 LIMIT 2"};
    statement.bind(1, beginning);
    while (statement.executeStep()) found.push_back(statement.getColumn(0).getString());
  }
  if (found.empty()) {
    return base::Error{base::ErrorCode::not_found, beginning,
                       "is no group of this database; 'dblog groups' lists them"};
  }
  if (found.size() > 1 && found.front() != beginning) {
    return base::Error{base::ErrorCode::invalid_argument, beginning,
                       "is the beginning of several groups; give more of it"};
  }
  return found.front();
}

Group read_group(SQLite::Database& database, const std::string& fingerprint) {
  Group group{fingerprint, std::nullopt, std::nullopt};
  if (!has_groups(database)) return group;
  SQLite::Statement summary{database, groups_query("WHERE fingerprint = ?1")};
  summary.bind(1, fingerprint);
  group.summary = store::first_row(summary);
  SQLite::Statement parts{database, "SELECT * FROM fingerprint_parts WHERE fingerprint = ?1"};
  parts.bind(1, fingerprint);
  group.parts = store::first_row(parts);
  return group;
}

}  // namespace dblog::reader
