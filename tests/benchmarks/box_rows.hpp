// The rows that an import of black boxes has made, written once more by bare SQLite: the least that
// the import could cost. A transaction for each crash, synced to the disk, as the import has it.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/benchmarks/work_directory.hpp"
#include "tests/support/test_database.hpp"

namespace dblog::benchmark {

class BoxRows {
 public:
  explicit BoxRows(std::filesystem::path source) : source_(std::move(source)) {
    SQLite::Database database{source_.string(), SQLite::OPEN_READONLY};
    for (const Table& table : kTables) {
      count_ += database.execAndGet("SELECT count(*) FROM " + std::string(table.name)).getInt64();
    }
  }

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

  /// Into a database that is not there yet; how many milliseconds the transactions took.
  double write_to(const std::filesystem::path& path) {
    SQLite::Database database = test::make_database(path);
    load(database);
    // As the crash connection has it.
    database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL");
    std::vector<std::unique_ptr<SQLite::Statement>> inserts;
    for (const Table& table : kTables) {
      const std::string name = table.name;
      inserts.push_back(std::make_unique<SQLite::Statement>(
          database, "INSERT INTO main." + name + " SELECT * FROM rows." + name + " WHERE " +
                        table.crash + " = ?1"));
    }
    const std::int64_t crashes = database.execAndGet("SELECT max(id) FROM rows.crashes").getInt64();
    std::int64_t written = 0;
    const Stopwatch watch;
    for (std::int64_t crash = 1; crash <= crashes; ++crash) {
      SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
      for (const auto& insert : inserts) {
        insert->bind(1, crash);
        written += insert->exec();
        insert->reset();
      }
      transaction.commit();
    }
    const double took = watch.milliseconds();
    if (written != count_) throw std::logic_error("not all rows of the boxes were written again");
    return took;
  }

 private:
  struct Table {
    const char* name;
    const char* crash;  ///< The column with the crash's id; each crash has the hardware of its id.
  };
  static constexpr std::array<Table, 8> kTables = {{{"hw_logs", "id"},
                                                    {"hw_details", "hw_log_id"},
                                                    {"crashes", "id"},
                                                    {"frames", "crash_id"},
                                                    {"threads", "crash_id"},
                                                    {"registers", "crash_id"},
                                                    {"breadcrumbs", "crash_id"},
                                                    {"crash_fields", "crash_id"}}};

  // Into memory, so that reading them costs next to nothing.
  void load(SQLite::Database& database) const {
    database.exec("ATTACH ':memory:' AS rows; ATTACH '" + source_.string() + "' AS source");
    for (const Table& table : kTables) {
      const std::string name = table.name;
      database.exec("CREATE TABLE rows." + name + " AS SELECT * FROM source." + name);
      database.exec("CREATE INDEX rows.by_crash_" + name + " ON " + name + " (" + table.crash +
                    ")");
    }
    database.exec("DETACH source");
  }

  std::filesystem::path source_;
  std::int64_t count_ = 0;
};

}  // namespace dblog::benchmark
