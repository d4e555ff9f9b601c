#include "src/store/row_reading.hpp"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>

namespace dblog::store {
namespace {

Value value_of(const SQLite::Column& column) {
  switch (column.getType()) {
    case SQLITE_INTEGER:
      return column.getInt64();
    case SQLITE_FLOAT:
      return column.getDouble();
    case SQLITE_NULL:
      return std::monostate{};
    default:
      return column.getString();
  }
}

}  // namespace

std::string quoted_name(std::string_view identifier) {
  std::string text = "\"";
  for (const char c : identifier) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

Row current_row(SQLite::Statement& statement) {
  Row row;
  for (int i = 0; i < statement.getColumnCount(); ++i) {
    const SQLite::Column column = statement.getColumn(i);
    row.columns.push_back({column.getName(), value_of(column)});
  }
  return row;
}

std::optional<Row> first_row(SQLite::Statement& statement) {
  if (!statement.executeStep()) return std::nullopt;
  return current_row(statement);
}

std::vector<Row> all_rows(SQLite::Statement& statement) {
  std::vector<Row> rows;
  while (statement.executeStep()) rows.push_back(current_row(statement));
  return rows;
}

bool has_table(SQLite::Database& database, const char* name) {
  SQLite::Statement statement{
      database, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?1"};
  statement.bind(1, name);
  return statement.executeStep();
}

bool has_table(SQLite::Database& database, const char* name, const char* column) {
  if (!has_table(database, name)) return false;
  SQLite::Statement statement{database, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2"};
  statement.bind(1, name);
  statement.bind(2, column);
  return statement.executeStep();
}

}  // namespace dblog::store
