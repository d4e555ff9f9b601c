// Context: crash time.
#include "handlers/sqlite/crash_statements.hpp"

#include "handlers/record/progress.hpp"

#include "src/base/text_buffer.hpp"

namespace dblog::crash {

CrashConnection connection;

bool fail(ConnectionError& error, int code) noexcept {
  base::TextBuffer text{error.text};
  error.is_busy = (code & 0xFF) == SQLITE_BUSY;
  switch (code & 0xFF) {
    case SQLITE_BUSY:
      text << "the database's lock is held, by another program or by another thread of this one";
      break;
    case SQLITE_FULL:
      text << "the disk is full";
      break;
    case SQLITE_NOTADB:
      text << "the file is not an SQLite database; move it away, or set DBLOG_DB to another file";
      break;
    case SQLITE_CORRUPT:
      text << "the database is damaged";
      break;
    case SQLITE_READONLY:
      text << "the database is not writable";
      break;
    case SQLITE_CANTOPEN:
      if (private_sqlite_refusal()[0] != '\0') {
        text << private_sqlite_refusal();
      } else {
        text << "the database cannot be opened or made";
      }
      break;
    case SQLITE_ERROR:
      text << "SQL logic error: has another program's table one of dblog's names?";
      break;
    default:
      text << dblog_crash_sqlite3_errstr(code) << " (SQLite code " << code << ')';
  }
  return false;
}

bool RowBinder::run(ConnectionError& error) noexcept {
  note_progress();
  const int code = dblog_crash_sqlite3_step(statement_);
  dblog_crash_sqlite3_reset(statement_);
  dblog_crash_sqlite3_clear_bindings(statement_);
  if (code == SQLITE_DONE) return true;
  const int reason = dblog_crash_sqlite3_extended_errcode(connection.database);
  error.is_already_there = reason == SQLITE_CONSTRAINT_UNIQUE;  // only the UUIDs are
  return fail(error, reason);
}

std::int64_t RowBinder::find(ConnectionError& error) noexcept {
  const int code = dblog_crash_sqlite3_step(statement_);
  const std::int64_t number =
      code == SQLITE_ROW ? dblog_crash_sqlite3_column_int64(statement_, 0) : -1;
  dblog_crash_sqlite3_reset(statement_);
  dblog_crash_sqlite3_clear_bindings(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    fail(error, dblog_crash_sqlite3_extended_errcode(connection.database));
  }
  return number;
}

std::int64_t last_id() noexcept {
  return dblog_crash_sqlite3_last_insert_rowid(connection.database);
}

}  // namespace dblog::crash
