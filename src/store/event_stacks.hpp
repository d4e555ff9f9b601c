// Stacks of handled errors: each event has a row of its own, that names its stacks; a stack and
// its frames are written once, however often an error repeats.
// Used by the store's connection only. Keeps nothing in mind of what the database has: other
// processes may delete from it, and a transaction may fail. One look by key tells.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>

#include "src/store/rows.hpp"

namespace dblog::store {

class EventStackWriter {
 public:
  explicit EventStackWriter(SQLite::Database& database) : database_(database) {}

  /// Adds the row of the event `id` in `table`, and what is missing of its stacks. Call it in the
  /// event's transaction. Throws SQLite::Exception.
  void insert(const sqlite::TableName& table, std::int64_t id, const EventStackRow& row,
              const Origin& origin);

 private:
  void insert_stack(const StackRow& stack);
  void insert_frames(const StackRow& stack);
  SQLite::Statement& prepared(std::optional<SQLite::Statement>& statement, const char* sql);

  SQLite::Database& database_;
  std::optional<SQLite::Statement> event_, stack_, frame_;
};

}  // namespace dblog::store
