// A write transaction that rolls back unless it was committed.
// Used inside the store and the outbox only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

namespace dblog::store {

class Transaction {
 public:
  /// Waits for other writers here (IMMEDIATE), where nothing has been done yet, not in the middle.
  /// Throws SQLite::Exception, as commit() does.
  explicit Transaction(SQLite::Database& database) : database_(database) {
    database_.exec("BEGIN IMMEDIATE");
  }
  ~Transaction() {
    // After some errors (full disk, I/O) SQLite has rolled back by itself.
    if (sqlite3_get_autocommit(database_.getHandle()) == 0) database_.tryExec("ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() { database_.exec("COMMIT"); }

 private:
  SQLite::Database& database_;
};

}  // namespace dblog::store
