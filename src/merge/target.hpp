// The database that rows are merged into, during the transaction for one source. What fails in it
// is a StoreError, so that a SQLite::Exception is always the source's.
// Used by the parts of the merge only. Threads: one at a time.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace dblog::merge {

class Target {
 public:
  /// Makes an empty map of ids, a temporary table temp.dblog_merge_ids (source_table, source_id,
  /// target_id). In a transaction.
  Target(SQLite::Database& database, std::string path);

  /// Calls work(SQLite::Database&). Throws StoreError instead of SQLite::Exception.
  template <typename Work>
  auto work(Work work) -> decltype(work(std::declval<SQLite::Database&>())) {
    try {
      return work(database_);
    } catch (const SQLite::Exception& failure) {
      explain(failure);
    }
  }

  /// Executes one statement with these parameters.
  template <typename... Values>
  void run(const std::string& sql, const Values&... values) {
    work([&](SQLite::Database& database) {
      SQLite::Statement statement{database, sql};
      bind_all(statement, values...);
      statement.exec();
    });
  }

  /// The first column of the first row, if there is a row and a number in it. The statement is kept
  /// for the next time.
  template <typename... Values>
  std::optional<std::int64_t> number(const std::string& sql, const Values&... values) {
    return work([&](SQLite::Database& database) -> std::optional<std::int64_t> {
      SQLite::Statement& statement = kept(database, sql);
      bind_all(statement, values...);
      std::optional<std::int64_t> found;
      if (statement.executeStep() && statement.getColumn(0).isInteger()) {
        found = statement.getColumn(0).getInt64();
      }
      statement.reset();
      return found;
    });
  }

  /// Of a row of the source, if the target has it.
  std::optional<std::int64_t> id_of(const std::string& table, std::int64_t source_id);
  void note_id(const std::string& table, std::int64_t source_id, std::int64_t target_id);

  /// The name of a table as the target writes it, or as it is if the target does not have it.
  std::string spelling_of(const std::string& table);

 private:
  template <typename... Values>
  static void bind_all(SQLite::Statement& statement, const Values&... values) {
    int number = 0;
    (statement.bind(++number, values), ...);
  }
  SQLite::Statement& kept(SQLite::Database& database, const std::string& sql);
  [[noreturn]] void explain(const SQLite::Exception& failure) const;

  SQLite::Database& database_;
  std::string path_;
  std::map<std::string, SQLite::Statement> statements_;
};

}  // namespace dblog::merge
