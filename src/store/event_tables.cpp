// Users' tables: (id, msg, date), nothing else is needed of them.
#include "src/store/event_tables.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "src/schema/schema.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/statement_use.hpp"
#include "src/store/views.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::store {
namespace {

// A program that makes up table names as it goes must not fill the memory with statements.
constexpr std::size_t kMaxPrepared = 64;

bool same_name(std::string_view left, std::string_view right) {
  return sqlite3_strnicmp(left.data(), right.data(),
                          static_cast<int>(std::max(left.size(), right.size()))) == 0;
}

// Whether a row of (msg, date) can be added and gets its id by itself. Further columns are the
// user's business as long as they may stay empty.
bool takes_events(SQLite::Database& database, const sqlite::TableName& table) {
  SQLite::Statement columns(database, "PRAGMA table_info(" + table.quoted() + ")");
  bool has_id = false, has_msg = false, has_date = false, others_may_be_empty = true;
  while (columns.executeStep()) {
    const std::string name = columns.getColumn(1).getString();
    const std::string type = columns.getColumn(2).getString();
    const bool must_be_given = columns.getColumn(3).getInt() != 0 && columns.getColumn(4).isNull();
    const bool is_key = columns.getColumn(5).getInt() != 0;
    if (same_name(name, "id")) {
      has_id = is_key && same_name(type, "INTEGER");
    } else if (same_name(name, "msg")) {
      has_msg = !is_key;
    } else if (same_name(name, "date")) {
      has_date = !is_key;
    } else {
      others_may_be_empty = others_may_be_empty && !is_key && !must_be_given;
    }
  }
  return has_id && has_msg && has_date && others_may_be_empty;
}

}  // namespace

std::int64_t EventTables::insert(const sqlite::TableName& table, const std::string& message,
                                 const std::string& date) {
  const sqlite::StatementUse row(prepared_insert(table));
  row->bindNoCopy(1, message);
  row->bindNoCopy(2, date);
  if (run(*row, table) != 1) {
    throw sqlite::StoreError(
        {base::ErrorCode::invalid_argument, text::one_line(path_, path_.size()),
         "a trigger of \"" + table.text() + "\" left the row out; remove it or use another table"});
  }
  return database_.getLastInsertRowid();
}

int EventTables::run(SQLite::Statement& insert, const sqlite::TableName& table) {
  try {
    return insert.exec();
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() == SQLITE_FULL) refuse_used_up_ids(table, 1);
    throw;
  }
}

void EventTables::refuse_used_up_ids(const sqlite::TableName& table, std::int64_t rows) {
  SQLite::Statement last(database_,
                         "SELECT seq FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE");
  last.bind(1, table.text());
  constexpr std::int64_t kLastId = std::numeric_limits<std::int64_t>::max();
  if (!last.executeStep() || last.getColumn(0).getInt64() <= kLastId - rows) return;
  throw sqlite::StoreError(
      {base::ErrorCode::invalid_argument, text::one_line(path_, path_.size()),
       '"' + table.text() + "\" has no ids left: its seq in sqlite_sequence is " +
           last.getColumn(0).getString() + "; lower that, or use another table"});
}

SQLite::Statement& EventTables::prepared_insert(const sqlite::TableName& table) {
  const auto known = inserts_.find(table.text());
  if (known != inserts_.end()) return known->second;
  make_or_check(table);
  if (inserts_.size() >= kMaxPrepared) inserts_.clear();
  SQLite::Statement insert(database_,
                           "INSERT INTO " + table.quoted() + " (msg, date) VALUES (?1, ?2)");
  return inserts_.emplace(table.text(), std::move(insert)).first->second;
}

void EventTables::make_or_check(const sqlite::TableName& table) {
  if (exists(table)) return;
  if (is_own_view(database_, table.text())) make_views(database_, table.text());
  database_.exec("CREATE TABLE IF NOT EXISTS " + table.quoted() +
                 " (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME)");
  // A table of this name that was dropped may have left some.
  const auto forget_rows_of = [&](const char* part) {
    SQLite::Statement forget(database_,
                             std::string("DELETE FROM ") + part + " WHERE source_table = ?1");
    forget.bind(1, table.text());
    forget.exec();
  };
  for (const char* part : schema::kEventParts) forget_rows_of(part);
  forget_rows_of("dblog_event_runs");
  make_views(database_);
}

bool EventTables::exists(const sqlite::TableName& table) {
  SQLite::Statement existing(
      database_,
      "SELECT type FROM sqlite_master WHERE name = ?1 COLLATE NOCASE AND type != 'trigger'");
  existing.bind(1, table.text());
  if (!existing.executeStep()) return false;
  const std::string kind = existing.getColumn(0).getString();
  if (kind == "view" && is_own_view(database_, table.text())) return false;  // it makes way
  if (kind == "table" && takes_events(database_, table)) return true;
  const std::string what = kind == "table" ? "a table of another shape than" : kind + ", not";
  throw sqlite::StoreError({base::ErrorCode::invalid_argument, text::one_line(path_, path_.size()),
                            '"' + table.text() + "\" is already there as " + what +
                                " (id, msg, date); use another table name"});
}

}  // namespace dblog::store
