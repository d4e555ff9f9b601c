#include "src/sqlite/row_reading.hpp"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>

#include <cstddef>
#include <limits>
#include <type_traits>
#include <variant>

namespace dblog::sqlite {
namespace {

// Not in the middle of a character.
std::string bounded_text(const SQLite::Column& column) {
  const char* const bytes = static_cast<const char*>(column.getBlob());
  const auto size = static_cast<std::size_t>(column.getBytes());
  if (size <= kMaxValueBytes) return std::string(bytes, size);
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t end = kMaxValueBytes;
  const auto is_inside = [&] { return (static_cast<unsigned char>(bytes[end]) & 0xc0) == 0x80; };
  while (kMaxValueBytes - end < kLongestCharacter && is_inside()) --end;
  return std::string(bytes, end) + "… (" + std::to_string(size - end) + " more bytes are not read)";
}

Value value_of(const SQLite::Column& column) {
  switch (column.getType()) {
    case SQLITE_INTEGER:
      return column.getInt64();
    case SQLITE_FLOAT:
      return column.getDouble();
    case SQLITE_NULL:
      return std::monostate{};
    default:
      return bounded_text(column);
  }
}

}  // namespace

std::vector<std::string> all_texts(SQLite::Database& database, const std::string& query) {
  std::vector<std::string> found;
  for (SQLite::Statement row(database, query); row.executeStep();) {
    found.push_back(row.getColumn(0).getString());
  }
  return found;
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
  bool is_truncated = false;
  return all_rows(statement, std::numeric_limits<std::size_t>::max(), is_truncated);
}

std::vector<Row> all_rows(SQLite::Statement& statement, std::size_t most, bool& is_truncated) {
  std::vector<Row> rows;
  while (statement.executeStep()) {
    if (rows.size() == most) {
      is_truncated = true;
      break;
    }
    rows.push_back(current_row(statement));
  }
  return rows;
}

void bind_value(SQLite::Statement& statement, int parameter, const Value& value) {
  std::visit(
      [&](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          statement.bind(parameter);
        } else {
          statement.bind(parameter, held);
        }
      },
      value);
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

}  // namespace dblog::sqlite
