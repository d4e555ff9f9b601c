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

/// Fields of all types, some with text that is not fit for a terminal.
inline void add_event_facts(SQLite::Database& database, const std::string& table, int id) {
  const std::string key = "('" + table + "', " + std::to_string(id) + ", ";
  database.exec("INSERT INTO event_facts VALUES " + key + "'warning', 3, 1);" +
                "INSERT INTO event_fields VALUES " + key + "1, 'order', 'integer', 4711), " + key +
                "2, 'bank', 'text', 'DE-12' || char(10, 27) || '[31m'), " + key +
                "3, 'took', 'real', 0.25), " + key + "4, 'is_new', 'boolean', 1);" +
                "INSERT INTO event_tags VALUES " + key + "'retry'), " + key + "'payment')");
}

}  // namespace dblog::test
