// A database of dblog's layout, filled by hand with SQL.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <filesystem>
#include <string>

#include "src/schema/schema.hpp"

namespace dblog::test {

/// An open connection; the file is there and complete once this is gone.
inline SQLite::Database make_database(const std::filesystem::path& path) {
  SQLite::Database database{path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  database.exec(schema::kMakeShrinkable);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
  database.exec(schema::kCreateTables);
  database.exec(schema::kCreateIndexes);
  database.exec("PRAGMA user_version = " + std::to_string(schema::kVersion));
  return database;
}

inline void make_event_table(SQLite::Database& database, const std::string& name) {
  database.exec("CREATE TABLE \"" + name +
                "\" (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME)");
}

/// `message` as text, whatever its bytes.
inline void add_event(SQLite::Database& database, const std::string& table,
                      const std::string& message, const std::string& date) {
  SQLite::Statement statement{database,
                              "INSERT INTO \"" + table + "\" (msg, date) VALUES (?1, ?2)"};
  statement.bind(1, message);
  statement.bind(2, date);
  statement.exec();
}

}  // namespace dblog::test
