// What a program would write by hand instead of push_to_table(): one statement, prepared once, each
// its own transaction, the same journal and synchronous modes as dblog's.
// Threads: one at a time. Any error ends the benchmark.
#pragma once

#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>

#include "src/schema/schema.hpp"

namespace dblog::benchmark {

/// As in a row that dblog writes.
inline std::string local_date() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm local{};
  ::localtime_r(&now.tv_sec, &local);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  std::snprintf(text + size, sizeof text - size, ".%06ld", now.tv_nsec / 1'000);
  return text;
}

class BareInsert {
 public:
  /// Makes the table "t" of dblog's layout, if it is not there.
  explicit BareInsert(const std::filesystem::path& path) {
    check(::sqlite3_open(path.c_str(), &database_));
    check(::sqlite3_busy_timeout(database_, kPatienceMilliseconds));
    execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    execute(
        "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, "
        "date DATETIME)");
    execute(schema::kCreateTables);
    row_ = prepare("INSERT INTO t (msg, date) VALUES (?1, ?2)");
    stack_ = prepare(schema::kInsertEventStack);
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
  }
  BareInsert(const BareInsert&) = delete;
  BareInsert& operator=(const BareInsert&) = delete;
  ~BareInsert() {
    for (sqlite3_stmt* statement : {row_, stack_, begin_, commit_}) ::sqlite3_finalize(statement);
    ::sqlite3_close(database_);
  }

  void push(std::string_view message) { push(message, local_date()); }

  void push(std::string_view message, std::string_view date) {
    bind(row_, 1, message);
    bind(row_, 2, date);
    run(row_);
  }

  /// The row, and where it came from: what push_to_table() adds when the stack is known already.
  void push_with_stack(std::string_view message) {
    begin();
    push(message);
    bind(stack_, 1, "t");
    ::sqlite3_bind_int64(stack_, 2, ::sqlite3_last_insert_rowid(database_));
    ::sqlite3_bind_int64(stack_, 3, ::getpid());
    ::sqlite3_bind_int64(stack_, 4, ::gettid());
    ::sqlite3_bind_int64(stack_, 6, 1);
    run(stack_);
    commit();
  }

  /// Around many pushes, if they are to be one transaction.
  void begin() { run(begin_); }
  void commit() { run(commit_); }

 private:
  static constexpr int kPatienceMilliseconds = 60'000;

  static void check(int code) {
    if (code != SQLITE_OK) std::abort();
  }
  static void bind(sqlite3_stmt* statement, int index, std::string_view text) {
    ::sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                        SQLITE_STATIC);
  }
  static void run(sqlite3_stmt* statement) {
    if (::sqlite3_step(statement) != SQLITE_DONE) std::abort();
    ::sqlite3_reset(statement);
  }
  void execute(const char* sql) {
    check(::sqlite3_exec(database_, sql, nullptr, nullptr, nullptr));
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(::sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr));
    return statement;
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt *row_ = nullptr, *stack_ = nullptr, *begin_ = nullptr, *commit_ = nullptr;
};

}  // namespace dblog::benchmark
