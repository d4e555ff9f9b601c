// The users' tables: made on first use, in the older project's layout, and their prepared INSERTs.
// Used by the store's connection only. Must never change a table that is already there.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <string>

#include "src/sqlite/table_name.hpp"

namespace dblog::store {

class EventTables {
 public:
  EventTables(SQLite::Database& database, std::string path)
      : database_(database), path_(std::move(path)) {}

  /// Whether rows were added before: the next one is a single statement.
  [[nodiscard]] bool is_known(const sqlite::TableName& table) const {
    return inserts_.find(table.text()) != inserts_.end();
  }

  /// Adds a row and returns its id. Call it in a transaction unless the table is known, and
  /// forget() the table if that is rolled back. Throws StoreError if the name belongs to something
  /// of another shape, and SQLite::Exception.
  std::int64_t insert(const sqlite::TableName& table, const std::string& message,
                      const std::string& date);

  /// Throws StoreError if the table has no ids left for so many rows: SQLite calls that a full
  /// disk.
  void refuse_used_up_ids(const sqlite::TableName& table, std::int64_t rows);

  /// Whether the table is there. Throws StoreError as insert() does.
  bool exists(const sqlite::TableName& table);

  /// Makes the table, or throws StoreError as insert() does. In a transaction, too.
  void make_or_check(const sqlite::TableName& table);

  /// What is known of the table may have been rolled back or changed by others.
  void forget(const sqlite::TableName& table) { inserts_.erase(table.text()); }

 private:
  int run(SQLite::Statement& insert, const sqlite::TableName& table);
  SQLite::Statement& prepared_insert(const sqlite::TableName& table);

  SQLite::Database& database_;
  std::string path_;
  std::map<std::string, SQLite::Statement, std::less<>> inserts_;
};

}  // namespace dblog::store
