// Many rows of one user's table with one statement: several times as fast as one by one, because
// SQLite notes the highest id of the table once a statement.
// Used by the store's connection only. Throws SQLite::Exception.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "src/sqlite/table_name.hpp"

namespace dblog::sqlite {

class BulkInsert {
 public:
  static constexpr std::size_t kRows = 64;

  /// The table must exist. `database` must outlive it.
  BulkInsert(sqlite3* database, const TableName& table);

  /// The texts of the row with this index, below kRows; they must live until run() returns.
  void bind(std::size_t row, std::string_view message, std::string_view date);

  /// Adds all kRows rows, with ids in their order.
  void run();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  void check(int code) const;

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace dblog::sqlite
