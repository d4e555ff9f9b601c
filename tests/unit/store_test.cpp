#include "src/store/store.hpp"

#include <catch2/catch.hpp>
#include <chrono>

#include "src/sqlite/sqlite_error.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::base::ErrorCode;
using dblog::store::HardwareRow;
using dblog::store::Store;
using dblog::test::event_row;
using dblog::test::sqlite_shell;
using dblog::test::store_at;
using dblog::test::TemporaryDirectory;

HardwareRow hardware_row() {
  HardwareRow row{"why", 4711, {}, "2026-01-31 12:00:00.000000"};
  row.sample.cpu_ticks = 14;
  row.sample.rss_bytes = 25'010'176;
  row.sample.memory_total = 8'232'550'400;
  row.sample.read_count = 536;
  row.sample.load_1 = 0.5;
  row.sample.threads = 3;
  row.sample.pressure_io = 0.25;
  return row;
}

}  // namespace

TEST_CASE("store: a row is in the file, in the older project's layout, when append returns") {
  const TemporaryDirectory directory;
  const auto id = store_at(directory / "LOGS.db").append(event_row("error_table", "it's \"bad\""));
  REQUIRE(id.ok());
  CHECK(*id == 1);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT * FROM error_table;") ==
        "1|it's \"bad\"|2026-01-31 12:00:00.000000");
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT sql FROM sqlite_master WHERE name = 'error_table';") ==
        "CREATE TABLE \"error_table\" (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, "
        "date DATETIME)");
}

TEST_CASE("store: ids count up in each table") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  CHECK(store.append(event_row("a", "1")).value() == 1);
  CHECK(store.append(event_row("b", "1")).value() == 1);
  CHECK(store.append(event_row("a", "2")).value() == 2);
}

TEST_CASE("store: opening all waits for no row that it interrupts, as in a signal handler") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  const auto interrupted = [&] {
    bool has_returned = false;
    const auto now = dblog::sqlite::RetryBackoff::Clock::now();
    const auto work = [&](SQLite::Database&) {
      Store::open_all(now);
      has_returned = true;
    };
    return !store.maintain(work, now + std::chrono::seconds{5}) && has_returned ? 0 : 1;
  };
  CHECK(dblog::test::exit_status_of(interrupted) == 0);
}

TEST_CASE("store: there is one store for all the names of a database") {
  const TemporaryDirectory directory;
  fs::create_symlink("LOGS.db", directory / "alias.db");
  Store& store = store_at(directory / "LOGS.db");
  CHECK(&store == &store_at(directory / "alias.db"));
  CHECK(&store == &store_at(directory.path() / "." / "LOGS.db"));
  CHECK(&store != &store_at(directory / "other.db"));
}

TEST_CASE("store: a name that leads nowhere any more still means what it led to") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "old");
  Store& store = store_at(directory / "old/LOGS.db");
  REQUIRE(store.append(event_row("t", "before")).ok());
  fs::rename(directory / "old", directory / "new");
  REQUIRE(&store == &store_at(directory / "old/LOGS.db"));
  CHECK(store.append(event_row("t2", "after")).ok());
  CHECK(sqlite_shell(directory / "new/LOGS.db", "SELECT msg FROM t2;") == "after");
  CHECK_FALSE(Store::at(directory / "old/other.db").ok());
}

TEST_CASE("store: NULs and long texts are kept, bytes that are not UTF-8 escaped") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("t", std::string("a\0b\xFF", 4))).ok());
  REQUIRE(store.append(event_row("t", std::string(10 << 20, 'x'))).ok());
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT hex(msg), typeof(msg) FROM t WHERE id = 1;") ==
        "6100625C784646|text");
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT length(msg) FROM t WHERE id = 2;") ==
        std::to_string(10 << 20));
}

TEST_CASE("store: SQL in a message stays text") {
  const TemporaryDirectory directory;
  const std::string text = "'); DROP TABLE t; --";
  REQUIRE(store_at(directory / "LOGS.db").append(event_row("t", text)).ok());
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t;") == text);
}

TEST_CASE("store: keywords and other scripts work as tables") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  for (const char* table : {"select", "table", "группа", "错误"}) {
    REQUIRE(store.append(event_row(table, "x")).ok());
    CHECK(sqlite_shell(directory / "LOGS.db",
                       "SELECT count(*) FROM \"" + std::string(table) + "\";") == "1");
  }
}

TEST_CASE("store: names that differ in ASCII case are one table") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  CHECK(store.append(event_row("Errors", "1")).value() == 1);
  CHECK(store.append(event_row("eRRORS", "2")).value() == 2);
}

TEST_CASE("store: more tables than statements are kept all get their rows") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  for (int round = 1; round <= 2; ++round) {
    for (int table = 0; table < 150; ++table) {
      REQUIRE(store.append(event_row("t" + std::to_string(table), "x")).value() == round);
    }
  }
}

TEST_CASE("store: a hardware row has its figures, and NULL for what is not known") {
  const TemporaryDirectory directory;
  const auto id = store_at(directory / "LOGS.db").append(hardware_row());
  REQUIRE(id.ok());
  CHECK(*id == 1);
  CHECK(sqlite_shell(directory / "LOGS.db", ".nullvalue NULL\nSELECT * FROM hw_logs;") ==
        "1|why|4711|0.14|0.0|25010176|0.303796|536|NULL|2026-01-31 12:00:00.000000");
  CHECK(sqlite_shell(directory / "LOGS.db", ".nullvalue NULL\nSELECT * FROM hw_details;") ==
        "1|0.5|NULL|NULL|NULL|3|NULL|NULL|8232550400|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|"
        "0.25|NULL");
}

TEST_CASE("store: outbox rows are pending, point to their row and have a UUID each") {
  const TemporaryDirectory directory;
  auto row = event_row("errors", "x");
  row.alert = dblog::store::AlertRow{
      {"slack", "email"}, "errors: x", -3'600, "/usr/bin/app", "", "web1", 12, 34};
  REQUIRE(store_at(directory / "LOGS.db").append(row).ok());
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT channel, subject, body, state, attempts, created, source_table, "
                     "source_id, utc_offset, program, release IS NULL, host, pid, tid "
                     "FROM outbox;") ==
        "slack|errors: x|x|pending|0|2026-01-31 12:00:00.000000|errors|1|-3600|/usr/bin/app|1|web1|"
        "12|34\n"
        "email|errors: x|x|pending|0|2026-01-31 12:00:00.000000|errors|1|-3600|/usr/bin/app|1|web1|"
        "12|34");
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(DISTINCT uuid) FROM outbox WHERE uuid LIKE "
                     "'________-____-4___-____-____________';") == "2");
}

TEST_CASE("store: a row whose messages cannot be stored is not stored either, nor its table") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.open().ok());
  sqlite_shell(directory / "LOGS.db",
               "CREATE TRIGGER no BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'no mail'); "
               "END;");
  auto row = event_row("errors", "x");
  row.hardware = hardware_row();
  row.alert = dblog::store::AlertRow{{"slack"}, "s"};
  const auto refused = store.append(row);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text().find("no mail") != std::string::npos);
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'errors'; "
                     "SELECT count(*) FROM hw_logs;") == "0\n0");

  sqlite_shell(directory / "LOGS.db", "DROP TRIGGER no;");
  CHECK(store.append(row).ok());
}

TEST_CASE("store: a table of another shape is refused and left alone") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  sqlite_shell(directory / "LOGS.db",
               "CREATE TABLE mine (a INTEGER, b TEXT);"
               "CREATE TABLE keyless (id INTEGER, msg VARCHAR, date DATETIME);"
               "CREATE TABLE strict (id INTEGER PRIMARY KEY, msg, date, who TEXT NOT NULL);"
               "CREATE VIEW seen AS SELECT 1 AS id, 2 AS msg, 3 AS date;"
               "CREATE INDEX by_a ON mine (a);");
  for (const char* name : {"mine", "MINE", "keyless", "strict", "seen", "by_a"}) {
    const auto refused = store.append(event_row(name, "x"));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().text().find("is already there as") != std::string::npos);
  }
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM mine;") == "0");
}

TEST_CASE("store: a table with further columns that may be empty takes rows") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  sqlite_shell(directory / "LOGS.db",
               "CREATE TABLE t (id INTEGER PRIMARY KEY, msg TEXT, date TEXT, note TEXT, "
               "n INTEGER NOT NULL DEFAULT 7);");
  REQUIRE(store.append(event_row("t", "x")).ok());
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg, n FROM t;") == "x|7");
}

TEST_CASE("store: a table that another program drops is made again") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("t", "1")).ok());
  sqlite_shell(directory / "LOGS.db", "DROP TABLE t; DROP TABLE outbox;");
  auto row = event_row("t", "2");
  row.alert = dblog::store::AlertRow{{"slack"}, "s"};
  REQUIRE(store.append(row).ok());
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t; SELECT subject FROM outbox;") ==
        "2\ns");
}

TEST_CASE("store: a table that another program replaces by one of another shape is refused") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("t", "1")).ok());
  sqlite_shell(directory / "LOGS.db", "DROP TABLE t; CREATE TABLE t (x);");
  const auto refused = store.append(event_row("t", "2"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text().find("another shape") != std::string::npos);
}

TEST_CASE("store: the files are for their owner alone") {
  const TemporaryDirectory directory;
  REQUIRE(store_at(directory / "LOGS.db").append(event_row("t", "x")).ok());
  for (const auto& file : fs::directory_iterator(directory.path())) {
    INFO(file.path());
    CHECK((fs::status(file).permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
  }
}

TEST_CASE("sqlite error: every reason is one line with the path") {
  for (int code = 1; code <= 28; ++code) {
    const dblog::base::Error error =
        dblog::sqlite::sqlite_error(code, 0, "words\nof SQLite", "/nowhere/LOGS.db");
    CHECK(error.where == "/nowhere/LOGS.db");
    CHECK_FALSE(error.why.empty());
    CHECK(error.text().find('\n') == std::string::npos);
  }
}

TEST_CASE("sqlite error: a file that cannot grow is a full disk, whichever limit it is") {
  constexpr int kIoWrite = 10 | (3 << 8);
  for (const int reason : {ENOSPC, EDQUOT, EFBIG}) {
    CHECK(dblog::sqlite::sqlite_error(kIoWrite, reason, "", "/x").code == ErrorCode::disk_full);
  }
  CHECK(dblog::sqlite::sqlite_error(kIoWrite, EIO, "", "/x").code == ErrorCode::io);
}
