#include "src/merge/row_match.hpp"

#include <algorithm>
#include <limits>

#include "src/merge/row_copy.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::merge {
namespace {

std::string parameters_of(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += (i == 1 ? "?" : ", ?") + std::to_string(i);
  return text;
}

// The names begin as no table of events does (sqlite::TableName).
void make_tables(Target& target, const MatchedTable& table) {
  target.work([&](SQLite::Database& database) {
    for (const char* name : {"staged", "here", "matched", "new"}) {
      database.exec(std::string("DROP TABLE IF EXISTS temp.dblog_merge_") + name);
    }
    const std::string columns = " (id INTEGER PRIMARY KEY, " + table.staged + ");";
    database.exec(
        "CREATE TEMP TABLE dblog_merge_staged" + columns + "CREATE TEMP TABLE dblog_merge_here" +
        columns +
        "CREATE TEMP TABLE dblog_merge_matched (source_id INTEGER PRIMARY KEY, target_id "
        "INTEGER NOT NULL UNIQUE); CREATE TEMP TABLE dblog_merge_new (target_id INTEGER PRIMARY "
        "KEY, source_id INTEGER UNIQUE)");
  });
}

void stage(SQLite::Database& source, const std::string& query, const std::string& source_table,
           Target& target) {
  SQLite::Statement rows{source, query};
  if (rows.getBindParameterCount() > 0) rows.bind(1, source_table);
  const int columns = rows.getColumnCount();
  auto insert = target.work([&](SQLite::Database& database) {
    return SQLite::Statement{database, "INSERT OR IGNORE INTO temp.dblog_merge_staged VALUES (" +
                                           parameters_of(columns) + ")"};
  });
  while (rows.executeStep()) {
    target.work([&](SQLite::Database&) {
      insert.reset();
      for (int i = 0; i < columns; ++i) bind_value(insert, i + 1, rows.getColumn(i));
      insert.exec();
    });
  }
}

// The target's rows that can be equal to one of the source's.
void find_candidates(Target& target, const MatchedTable& table) {
  const std::string columns = "id, " + table.all_keys();
  const std::string sql = "INSERT INTO temp.dblog_merge_here (" + columns + ") SELECT " + columns +
                          " FROM (" + table.in_target +
                          ") WHERE date IS NULL OR date IN (SELECT date FROM "
                          "temp.dblog_merge_staged)";
  if (sql.find("?1") == std::string::npos) {
    target.run(sql);
  } else {
    target.run(sql, table.name);
  }
}

// Of the rows that have no partner yet. Equal rows are one group, NULL is equal to NULL.
std::string match_sql(const std::string& keys, const std::string& order,
                      const std::string& condition) {
  const auto numbered = [&](const std::string& ids, const std::string& rows,
                            const std::string& partner) {
    return "SELECT " + ids + ", *, row_number() OVER (PARTITION BY " + keys + " ORDER BY " + order +
           ") AS number FROM temp.dblog_merge_" + rows + " WHERE id NOT IN (SELECT " + partner +
           " FROM temp.dblog_merge_matched)";
  };
  return "INSERT INTO temp.dblog_merge_matched SELECT max(source_id), max(target_id) FROM (" +
         numbered("id AS source_id, NULL AS target_id", "staged", "source_id") + " UNION ALL " +
         numbered("NULL, id", "here", "target_id") + ") GROUP BY " + keys +
         ", number HAVING count(*) = 2" + condition;
}

// After the first step, only one side can have rows of an unknown owner among those that are equal
// in the keys. They go first.
void match(Target& target, const MatchedTable& table) {
  find_candidates(target, table);
  target.run(match_sql(table.all_keys(), "id", ""));
  if (table.owner.empty()) return;
  target.run(match_sql(table.keys, table.owner + " IS NOT NULL, id",
                       " AND count(" + table.owner + ") < 2"));
}

std::int64_t last_id(Target& target, const MatchedTable& table) {
  const auto given =
      target.number("SELECT seq FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE", table.name);
  const auto highest = target.number("SELECT max(id) FROM " + table.quoted);
  return std::max({std::int64_t{0}, given.value_or(0), highest.value_or(0)});
}

[[noreturn]] void refuse(const MatchedTable& table, const char* why) {
  throw sqlite::StoreError({base::ErrorCode::invalid_argument, "", '"' + table.name + "\" " + why});
}

}  // namespace

NewRows add_unmatched(SQLite::Database& source, const std::string& query,
                      const std::string& source_table, Target& target, const MatchedTable& table) {
  make_tables(target, table);
  stage(source, query, source_table, target);
  match(target, table);
  const std::string unmatched =
      " FROM temp.dblog_merge_staged WHERE id NOT IN (SELECT source_id FROM "
      "temp.dblog_merge_matched)";
  const std::int64_t last = last_id(target, table);
  const NewRows rows{target.number("SELECT count(*)" + unmatched).value_or(0), last + 1};
  if (last > std::numeric_limits<std::int64_t>::max() - rows.count - 1) {
    refuse(table, "has no ids left: lower its seq in sqlite_sequence");
  }
  target.run("INSERT INTO temp.dblog_merge_new SELECT ?1 + row_number() OVER (ORDER BY id), id" +
                 unmatched,
             last);
  const std::int64_t before =
      target.number("SELECT count(*) FROM " + table.quoted + " WHERE id > ?1", last).value_or(0);
  target.run("INSERT INTO " + table.quoted + " (id, " + table.columns + ") SELECT n.target_id, " +
             table.columns +
             " FROM temp.dblog_merge_new AS n JOIN temp.dblog_merge_staged AS s ON s.id = "
             "n.source_id ORDER BY "
             "n.target_id");
  const std::int64_t after =
      target.number("SELECT count(*) FROM " + table.quoted + " WHERE id > ?1", last).value_or(0);
  if (after - before != rows.count) refuse(table, "has a trigger that leaves rows out; remove it");
  for (const char* noted : {"matched", "new"}) {
    target.run(std::string("INSERT INTO temp.dblog_merge_ids SELECT ?1, source_id, target_id FROM "
                           "temp.dblog_merge_") +
                   noted,
               source_table);
  }
  return rows;
}

}  // namespace dblog::merge
