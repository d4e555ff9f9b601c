// Severity, fields and tags of an event, as rows beside the user's table: an event that says
// nothing of them costs no statement.
// Used by the store's connection only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>

#include "src/store/rows.hpp"

namespace dblog::store {

class EventFactsWriter {
 public:
  explicit EventFactsWriter(SQLite::Database& database) : database_(database) {}

  /// Adds the rows about the event `id` in `table`. Call it in the event's transaction. Throws
  /// SQLite::Exception.
  void insert(const sqlite::TableName& table, std::int64_t id, const EventFactsRow& row);

 private:
  void insert_facts(const sqlite::TableName& table, std::int64_t id, const EventFactsRow& row);
  void insert_field(const sqlite::TableName& table, std::int64_t id, std::int64_t number,
                    const Field& field);
  void insert_tag(const sqlite::TableName& table, std::int64_t id, const std::string& tag);
  SQLite::Statement& prepared(std::optional<SQLite::Statement>& statement, const char* sql);

  SQLite::Database& database_;
  std::optional<SQLite::Statement> facts_, field_, tag_;
};

}  // namespace dblog::store
