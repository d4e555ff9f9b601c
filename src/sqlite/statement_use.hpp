// One use of a prepared statement that is kept: afterwards it holds no lock and points to no text
// of the caller, however the use ended.
// Used inside the store and the outbox only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

namespace dblog::sqlite {

class StatementUse {
 public:
  explicit StatementUse(SQLite::Statement& statement) : statement_(statement) {}
  ~StatementUse() {
    statement_.tryReset();
    try {
      statement_.clearBindings();
    } catch (const SQLite::Exception&) {
      // Only a statement that is in use refuses, and it was reset.
    }
  }
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;

  SQLite::Statement* operator->() const noexcept { return &statement_; }
  SQLite::Statement& operator*() const noexcept { return statement_; }

 private:
  SQLite::Statement& statement_;
};

}  // namespace dblog::sqlite
