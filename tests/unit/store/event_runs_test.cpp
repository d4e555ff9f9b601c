// Which process the database names for an event, through the store.
#include <catch2/catch.hpp>
#include <string>

#include "src/store/queued_rows.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::store::EventRow;
using dblog::store::Origin;
using dblog::test::sqlite_shell;
using dblog::test::store_at;
using dblog::test::TemporaryDirectory;

EventRow row_of(std::string_view table, Origin origin) {
  EventRow row = dblog::test::event_row(table, "m");
  row.origin = origin;
  return row;
}

std::string runs(const std::filesystem::path& path) {
  return sqlite_shell(path,
                      "SELECT source_table, first_id, last_id, process_id, utc_offset FROM "
                      "dblog_event_runs ORDER BY source_table, first_id");
}

dblog::store::QueuedBatch batch_of(std::initializer_list<std::int32_t> offsets) {
  dblog::store::QueuedBatch batch;
  batch.queue = "q";
  batch.tables = {*dblog::sqlite::TableName::parse("t")};
  for (const std::int32_t offset : offsets) {
    dblog::store::QueuedRow row{batch.rows.size(), 0, "m", {}};
    row.utc_offset_seconds = offset;
    batch.rows.push_back(row);
  }
  batch.end = batch.rows.size();
  batch.process_id = 9;
  return batch;
}

auto soon() { return dblog::sqlite::RetryBackoff::Clock::now() + std::chrono::seconds{20}; }

}  // namespace

TEST_CASE("event runs: a process that writes alone has one row, whatever it pushes") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  for (int i = 0; i < 5; ++i) REQUIRE(store_at(path).append(row_of("t", {7, 3600})).ok());
  EventRow with_stack = row_of("t", {7, 3600});
  with_stack.stack.emplace();
  REQUIRE(store_at(path).append(with_stack).ok());
  REQUIRE(store_at(path).append(row_of("t", {7, 3600})).ok());
  CHECK(runs(path) == "t|1||7|3600");
  CHECK(sqlite_shell(path, "SELECT source_id, process_id, utc_offset FROM event_stacks") ==
        "6|7|3600");
}

TEST_CASE("event runs: another offset is another run, and each table has its own") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  REQUIRE(store_at(path).append(row_of("t", {7, 7200})).ok());
  REQUIRE(store_at(path).append(row_of("t", {7, 3600})).ok());
  REQUIRE(store_at(path).append(row_of("u", {7, 3600})).ok());
  CHECK(runs(path) == "t|1|1|7|7200\nt|2||7|3600\nu|1||7|3600");
}

TEST_CASE("event runs: rows of others end a run at its last event") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  for (int i = 0; i < 3; ++i) {
    REQUIRE(store_at(path).append(row_of("t", {7, 0})).ok());
    sqlite_shell(path, "INSERT INTO t (msg) VALUES ('theirs')");
  }
  CHECK(runs(path) == "t|1|1|7|0\nt|3|3|7|0\nt|5|5|7|0");
}

TEST_CASE("event runs: a row that is rolled back leaves none") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  REQUIRE(store_at(path).append(row_of("t", {7, 0})).ok());
  sqlite_shell(path,
               "CREATE TRIGGER picky BEFORE INSERT ON t WHEN (SELECT count(*) FROM t) = 1 BEGIN "
               "SELECT raise(ABORT, 'no'); END");
  CHECK_FALSE(store_at(path).append(row_of("t", {7, 3600})).ok());
  CHECK(runs(path) == "t|1||7|0");
  sqlite_shell(path, "DROP TRIGGER picky");
  REQUIRE(store_at(path).append(row_of("t", {7, 3600})).ok());
  CHECK(runs(path) == "t|1||7|0\nt|2||7|3600");
}

TEST_CASE("event runs: an event of no process needs none") {
  const TemporaryDirectory directory;
  REQUIRE(store_at(directory / "LOGS.db").append(row_of("t", {})).ok());
  CHECK(runs(directory / "LOGS.db").empty());
}

TEST_CASE("event runs: a batch of queued events has one for each offset") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  REQUIRE(store_at(path).append(batch_of({7200, 7200, 3600, 3600, 3600}), soon()).ok());
  CHECK(runs(path) == "t|1|2|9|7200\nt|3||9|3600");
}

TEST_CASE("event runs: those of a process that is gone are whole, and name what is known of it") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  auto batch = batch_of({0, 0});
  batch.process.emplace();
  batch.process->uuid.bytes[15] = 9;
  batch.process->executable = "/usr/bin/gone";
  REQUIRE(store_at(path).append(batch, soon()).ok());
  CHECK(runs(path) == "t|1|2|9|0");
  CHECK(sqlite_shell(path, "SELECT id, executable, started_utc FROM dblog_processes") ==
        "9|/usr/bin/gone|");
  CHECK(sqlite_shell(path, "SELECT count(*) FROM errors WHERE executable = '/usr/bin/gone'") ==
        "2");
}

TEST_CASE("event runs: a table that is made again has none of the old ones") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  REQUIRE(store_at(path).append(row_of("t", {7, 0})).ok());
  sqlite_shell(path, "DROP TABLE t");
  REQUIRE(store_at(path).append(row_of("t", {})).ok());
  CHECK(runs(path).empty());
}
