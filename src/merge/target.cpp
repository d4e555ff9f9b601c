#include "src/merge/target.hpp"

#include <sqlite3.h>

#include "src/sqlite/sqlite_error.hpp"

namespace dblog::merge {

Target::Target(SQLite::Database& database, std::string path)
    : database_(database), path_(std::move(path)) {
  work([](SQLite::Database& connection) {
    connection.exec(
        "DROP TABLE IF EXISTS temp.dblog_merge_ids; CREATE TEMP TABLE dblog_merge_ids "
        "(source_table TEXT NOT "
        "NULL COLLATE NOCASE, source_id INTEGER NOT NULL, target_id INTEGER NOT NULL, PRIMARY KEY "
        "(source_table, source_id)) WITHOUT ROWID");
  });
}

std::optional<std::int64_t> Target::id_of(const std::string& table, std::int64_t source_id) {
  return number(
      "SELECT target_id FROM temp.dblog_merge_ids WHERE source_table = ?1 AND source_id = ?2",
      table, source_id);
}

void Target::note_id(const std::string& table, std::int64_t source_id, std::int64_t target_id) {
  work([&](SQLite::Database& database) {
    SQLite::Statement& note = kept(database,
                                   "INSERT INTO temp.dblog_merge_ids (source_table, source_id, "
                                   "target_id) VALUES (?1, ?2, ?3)");
    bind_all(note, table, source_id, target_id);
    note.exec();
    note.reset();
  });
}

std::string Target::spelling_of(const std::string& table) {
  return work([&](SQLite::Database& database) {
    SQLite::Statement& name = kept(
        database,
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE");
    bind_all(name, table);
    std::string found = name.executeStep() ? name.getColumn(0).getString() : table;
    name.reset();
    return found;
  });
}

SQLite::Statement& Target::kept(SQLite::Database& database, const std::string& sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    found = statements_.emplace(sql, SQLite::Statement{database, sql}).first;
  }
  return found->second;
}

void Target::explain(const SQLite::Exception& failure) const {
  throw sqlite::StoreError(sqlite::sqlite_error(failure.getExtendedErrorCode(),
                                                sqlite3_system_errno(database_.getHandle()),
                                                failure.what(), path_));
}

}  // namespace dblog::merge
