// Which crashes, events and snapshots a list has, as a condition of SQL. Used by the reader's
// parts; throws SQLite::Exception to the read connection, which explains it.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <string>
#include <string_view>
#include <vector>

#include "src/reader/readable_tables.hpp"
#include "src/reader/reader.hpp"

namespace dblog::reader {

/// For a statement that has `table` in its FROM, under its own name. What a database of an older
/// layout does not know of its rows, no row of it has.
class FilterCondition {
 public:
  FilterCondition(SQLite::Database& database, const Table& table, const EntryFilter& filter);

  /// To follow another condition: " AND ... AND ...", or nothing.
  [[nodiscard]] const std::string& sql() const noexcept { return sql_; }

  /// Its parameters, whose numbers are above those that a statement of the reader's uses itself.
  void bind(SQLite::Statement& statement) const;

 private:
  void require(const std::string& condition) { sql_ += " AND " + condition; }
  void require_text(const std::string& text);
  void require_signal(SQLite::Database& database, int signal);
  void require_severity(SQLite::Database& database, const std::string& least);
  void require_field(SQLite::Database& database, const EntryFilter::Field& field);
  void require_tag(SQLite::Database& database, const std::string& tag);
  void require_process(SQLite::Database& database, const std::string& column,
                       const std::string& value);

  /// How it stands in the condition.
  std::string parameter(std::string value);
  /// For the tables that name their event.
  std::string is_of_event();

  const Table& table_;
  std::string id_;  ///< Of the table, with its name.
  std::string sql_;
  std::vector<std::string> values_;
};

}  // namespace dblog::reader
