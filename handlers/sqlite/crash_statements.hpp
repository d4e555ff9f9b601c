// The crash connection's prepared statements, and one row through them.
// Context: crash time. Used by crash_connection.cpp and crash_rows.cpp only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "handlers/sqlite/crash_connection.hpp"
#include "handlers/sqlite/private_sqlite.hpp"

namespace dblog::crash {

enum StatementName {
  begin,
  hardware,
  details,
  crash,
  frame,
  thread,
  processor_register,
  breadcrumb,
  crash_field,
  note,
  noexcept_frame,
  outbox,
  find_crash,
  process_row,
  process_end,
  commit,
  rollback,
  kStatements
};

/// The one connection of the private SQLite.
struct CrashConnection {
  sqlite3* database = nullptr;
  sqlite3_stmt* statements[kStatements] = {};
  bool has_new_tables = false;
};
extern CrashConnection connection;

/// Puts an SQLite error code into words. Always false.
bool fail(ConnectionError& error, int code) noexcept;

/// Binds in the order of the statement's parameters. An empty text becomes NULL.
class RowBinder {
 public:
  explicit RowBinder(StatementName name) noexcept : statement_(connection.statements[name]) {}

  RowBinder& text(std::string_view value) noexcept {
    return value.empty() ? null() : text_or_empty(value);
  }
  RowBinder& text_or_empty(std::string_view value) noexcept {
    dblog_crash_sqlite3_bind_text(statement_, ++index_, value.data(),
                                  static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
  }
  RowBinder& number(std::int64_t value) noexcept {
    dblog_crash_sqlite3_bind_int64(statement_, ++index_, value);
    return *this;
  }
  RowBinder& known(std::int64_t value) noexcept {
    return value == base::HardwareSample::kUnknown ? null() : number(value);
  }
  RowBinder& known(double value) noexcept { return value < 0 ? null() : real(value); }
  RowBinder& real(double value) noexcept {
    dblog_crash_sqlite3_bind_double(statement_, ++index_, value);
    return *this;
  }
  RowBinder& null() noexcept {
    dblog_crash_sqlite3_bind_null(statement_, ++index_);
    return *this;
  }

  /// Runs the statement; its texts need not live longer. False with the reason in `error`.
  bool run(ConnectionError& error) noexcept;

  /// The same for a statement that answers with a number; -1: it answered with nothing.
  std::int64_t find(ConnectionError& error) noexcept;

 private:
  sqlite3_stmt* statement_;
  int index_ = 0;
};

std::int64_t last_id() noexcept;

}  // namespace dblog::crash
