#include "src/merge/row_copy.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::merge {
namespace {

// The name of a table of ours.
std::string columns_query(const std::string& table) {
  return "SELECT name FROM pragma_table_info('" + table + "')";
}

std::string insert_sql(const std::string& table, const Columns& columns,
                       const std::string& conflict) {
  std::string parameters;
  for (std::size_t i = 1; i <= columns.size(); ++i) {
    parameters += (i == 1 ? "?" : ", ?") + std::to_string(i);
  }
  return (conflict.empty() ? "INSERT OR IGNORE INTO " : "INSERT INTO ") + table + " (" +
         column_list(columns) + ") VALUES (" + parameters + ") " + conflict;
}

}  // namespace

Columns shared_columns(SQLite::Database& source, Target& target, const std::string& table) {
  if (!sqlite::has_table(source, table.c_str())) return {};
  const Columns there = sqlite::all_texts(source, columns_query(table));
  Columns shared = target.work([&](SQLite::Database& database) {
    return sqlite::all_texts(database, columns_query(table));
  });
  std::erase_if(shared, [&](const std::string& column) {
    return std::find(there.begin(), there.end(), column) == there.end();
  });
  return shared;
}

std::string column_list(const Columns& columns) {
  std::string list;
  for (const std::string& column : columns) {
    list.append(list.empty() ? "" : ", ").append(sqlite::quoted_name(column));
  }
  return list;
}

void bind_value(SQLite::Statement& into, int parameter, const SQLite::Column& value) {
  switch (value.getType()) {
    case SQLITE_INTEGER:
      return into.bind(parameter, value.getInt64());
    case SQLITE_FLOAT:
      return into.bind(parameter, value.getDouble());
    case SQLITE_NULL:
      return into.bind(parameter);
    case SQLITE_BLOB:
      return into.bind(parameter, value.getBlob(), value.getBytes());
    default:
      return into.bind(parameter, value.getString());
  }
}

RowCopy::RowCopy(SQLite::Database& source, Target& target, std::string table,
                 std::vector<Reference> references, const Columns& omitted,
                 const std::string& conflict)
    : source_(source),
      target_(target),
      table_(std::move(table)),
      references_(std::move(references)),
      columns_(shared_columns(source, target, table_)) {
  std::erase_if(columns_, [&](const std::string& column) {
    return std::find(omitted.begin(), omitted.end(), column) != omitted.end();
  });
  const auto is_there = [&](const Reference& reference) {
    return !reference.is_owner || has(reference.column);
  };
  // Another program's table.
  if (!std::all_of(references_.begin(), references_.end(), is_there)) columns_.clear();
  selected_ = column_list(columns_);
  if (columns_.empty()) return;
  target_.work([&](SQLite::Database& database) {
    insert_.emplace(database, insert_sql(table_, columns_, conflict));
  });
}

bool RowCopy::has(const std::string& column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

void RowCopy::write(const std::string& column, const std::optional<std::string>& text) {
  written_column_ = column;
  written_ = text;
}

const Reference* RowCopy::reference_at(std::size_t column) const {
  const auto found = std::find_if(
      references_.begin(), references_.end(),
      [&](const Reference& reference) { return reference.column == columns_[column]; });
  return found == references_.end() ? nullptr : &*found;
}

std::optional<std::int64_t> RowCopy::add(SQLite::Statement& row, int first) {
  insert_->reset();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const int parameter = static_cast<int>(i) + 1;
    const SQLite::Column value = row.getColumn(first + static_cast<int>(i));
    const Reference* const reference = reference_at(i);
    if (reference == nullptr) {
      const bool is_written = written_ && columns_[i] == written_column_;
      target_.work([&](SQLite::Database&) {
        if (is_written) {
          insert_->bind(parameter, *written_);
        } else {
          bind_value(*insert_, parameter, value);
        }
      });
      continue;
    }
    const auto id = value.isInteger() ? reference->target_of(value.getInt64()) : std::nullopt;
    if (!id && reference->is_owner) return std::nullopt;
    target_.work([&](SQLite::Database&) {
      if (id) {
        insert_->bind(parameter, *id);
      } else {
        insert_->bind(parameter);
      }
    });
  }
  return target_.work([&](SQLite::Database& database) -> std::optional<std::int64_t> {
    if (insert_->exec() == 0) return std::nullopt;
    return database.getLastInsertRowid();
  });
}

std::int64_t RowCopy::add_all(const std::string& condition,
                              const std::optional<std::int64_t>& parameter) {
  if (columns_.empty()) return 0;
  SQLite::Statement rows{source_, "SELECT " + selected_ + " FROM " + table_ + condition};
  if (parameter) rows.bind(1, *parameter);
  return add_rows(rows);
}

std::int64_t RowCopy::add_all(const std::string& condition, const std::string& parameter) {
  if (columns_.empty()) return 0;
  SQLite::Statement rows{source_, "SELECT " + selected_ + " FROM " + table_ + condition};
  rows.bind(1, parameter);
  return add_rows(rows);
}

std::int64_t RowCopy::add_rows(SQLite::Statement& rows) {
  std::int64_t added = 0;
  while (rows.executeStep()) {
    if (add(rows)) ++added;
  }
  return added;
}

}  // namespace dblog::merge
