// A write transaction that rolls back unless it was committed.
// Used inside the store and the outbox only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "src/sqlite/statement_use.hpp"

namespace dblog::sqlite {

/// For a connection that makes many transactions: parsing these takes as long as adding a row.
struct TransactionStatements {
  explicit TransactionStatements(SQLite::Database& database)
      : begin(database, "BEGIN IMMEDIATE"), commit(database, "COMMIT") {}
  SQLite::Statement begin, commit;
};

class Transaction {
 public:
  /// Waits for other writers here (IMMEDIATE), where nothing has been done yet, not in the middle.
  /// Throws SQLite::Exception, as commit() does.
  explicit Transaction(SQLite::Database& database) : database_(database) {
    database_.exec("BEGIN IMMEDIATE");
  }
  Transaction(SQLite::Database& database, TransactionStatements& statements)
      : database_(database), statements_(&statements) {
    StatementUse { statements.begin } -> exec();
  }
  ~Transaction() {
    // After some errors (full disk, I/O) SQLite has rolled back by itself.
    if (sqlite3_get_autocommit(database_.getHandle()) == 0) database_.tryExec("ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() {
    if (statements_ == nullptr) {
      database_.exec("COMMIT");
    } else {
      StatementUse { statements_->commit } -> exec();
    }
  }

 private:
  SQLite::Database& database_;
  TransactionStatements* statements_ = nullptr;
};

}  // namespace dblog::sqlite
