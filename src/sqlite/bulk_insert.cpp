#include "src/sqlite/bulk_insert.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

namespace dblog::sqlite {

BulkInsert::BulkInsert(sqlite3* database, const TableName& table) : database_(database) {
  std::string sql = "INSERT INTO " + table.quoted() + " (msg, date) VALUES ";
  for (std::size_t row = 0; row < kRows; ++row) sql += row == 0 ? "(?, ?)" : ", (?, ?)";
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(database_, sql.c_str(), static_cast<int>(sql.size()) + 1,
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  statement_.reset(statement);
}

void BulkInsert::bind(std::size_t row, std::string_view message, std::string_view date) {
  const int index = static_cast<int>(2 * row);
  check(sqlite3_bind_text(statement_.get(), index + 1, message.data(),
                          static_cast<int>(message.size()), SQLITE_STATIC));
  check(sqlite3_bind_text(statement_.get(), index + 2, date.data(), static_cast<int>(date.size()),
                          SQLITE_STATIC));
}

void BulkInsert::run() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_DONE) {
    const SQLite::Exception failure(database_, code);
    sqlite3_reset(statement_.get());
    throw failure;
  }
  check(sqlite3_reset(statement_.get()));
}

void BulkInsert::check(int code) const {
  if (code != SQLITE_OK) throw SQLite::Exception(database_, code);
}

}  // namespace dblog::sqlite
