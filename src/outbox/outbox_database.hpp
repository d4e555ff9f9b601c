// One connection to the database for delivery: settings as the store's, prepared statements, short
// write transactions. Used inside src/outbox only; there everything may throw SQLite::Exception
// and store::StoreError, which guarded() turns into results at the border.
// Threads: one at a time. Must never hold a transaction while something is sent, or longer than
// some ten milliseconds: a crash waits for the database no longer than 250.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <type_traits>

#include "src/base/result.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/retry_backoff.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/statement_use.hpp"
#include "src/sqlite/transaction.hpp"

namespace dblog::outbox {

/// Rows that one write transaction touches at most.
inline constexpr std::int64_t kBatch = 1'000;

class OutboxDatabase {
 public:
  /// Brings the schema up to date. The file must exist; the path is absolute, without links.
  static base::Result<std::unique_ptr<OutboxDatabase>> open(const std::filesystem::path& path);

  [[nodiscard]] SQLite::Database& sqlite() noexcept { return database_; }

  /// `sql` must be a literal: statements are kept by its address.
  SQLite::Statement& prepared(const char* sql);

  /// Runs a statement that returns no rows; how many rows it changed.
  template <typename... Values>
  int execute(const char* sql, const Values&... values) {
    const sqlite::StatementUse use(prepared(sql));
    bind(*use, values...);
    return use->exec();
  }

  /// The first column of the first row; `otherwise` if there is none or it is NULL.
  template <typename... Values>
  std::int64_t number(const char* sql, std::int64_t otherwise, const Values&... values) {
    const sqlite::StatementUse use(prepared(sql));
    bind(*use, values...);
    if (!use->executeStep() || use->isColumnNull(0)) return otherwise;
    return use->getColumn(0).getInt64();
  }

  /// body() in one write transaction, waiting for others for `limit` at most.
  template <typename Body>
  auto write(Body body, std::chrono::milliseconds limit = kPatience) {
    backoff_.start(sqlite::RetryBackoff::Clock::now() + limit);
    sqlite::Transaction transaction(database_);
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      transaction.commit();
    } else {
      auto result = body();
      transaction.commit();
      return result;
    }
  }

  /// body() as a Result: every way in which the database can fail becomes an Error.
  template <typename Body>
  auto guarded(Body body) -> base::Result<decltype(body())> {
    try {
      backoff_.start(sqlite::RetryBackoff::Clock::now() + kPatience);
      return body();
    } catch (const std::exception& failure) {
      return explain(failure);
    }
  }

  template <typename... Values>
  static void bind(SQLite::Statement& statement, const Values&... values) {
    int index = 0;
    (statement.bind(++index, values), ...);
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{5'000};

  explicit OutboxDatabase(std::string path);
  [[nodiscard]] base::Error explain(const std::exception& failure) const;

  std::string path_;
  sqlite::RetryBackoff backoff_;
  sqlite::GuardedDatabase opened_;
  SQLite::Database& database_;
  std::map<const char*, SQLite::Statement> statements_;
};

}  // namespace dblog::outbox
