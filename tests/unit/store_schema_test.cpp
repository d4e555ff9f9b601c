#include <catch2/catch.hpp>
#include <chrono>

#include "src/recovery/recovery.hpp"
#include "src/schema/schema.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::base::ErrorCode;
using dblog::test::bytes_of;
using dblog::test::event_row;
using dblog::test::sqlite_shell;
using dblog::test::store_at;
using dblog::test::TemporaryDirectory;

const std::string kVersionText = std::to_string(dblog::schema::kVersion);

// As the older project made it, with a rollback journal and no user_version.
void make_older_database(const std::filesystem::path& path) {
  sqlite_shell(
      path,
      "CREATE TABLE error_table (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date "
      "DATETIME);"
      "CREATE TABLE hw_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, task VARCHAR, pid INTEGER, "
      "cpu_times VARCHAR, cpu_usage VARCHAR, memory VARCHAR, mem_use VARCHAR, read_count INTEGER, "
      "write_count INTEGER, date DATETIME);"
      "INSERT INTO error_table (msg, date) VALUES ('Error: division by zero', '2021-12-02 "
      "12:44:53.180092'), ('second', '2022-01-03 16:01:57.595637');"
      "INSERT INTO hw_logs (task, pid, cpu_times, cpu_usage, memory, mem_use, read_count, "
      "write_count, date) VALUES ('Error: division by zero', 13187, '0.14', '0.0', '25010176', "
      "'0.3037963599165928', 536, 29, '2021-12-02 12:44:53.180092');");
}

// The layouts that were published, as far as they differ from the present one.
constexpr const char* kCrashesBefore3 =
    "CREATE TABLE crashes (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, date "
    "DATETIME NOT NULL, kind TEXT NOT NULL, signal INTEGER, signal_name TEXT, signal_code INTEGER, "
    "fault_address TEXT, exception_type TEXT, msg TEXT, pid INTEGER, tid INTEGER, thread_name "
    "TEXT, host TEXT, executable TEXT, release TEXT, fingerprint TEXT, stack_trace TEXT, hw_log_id "
    "INTEGER REFERENCES hw_logs(id));"
    "INSERT INTO crashes (uuid, date, kind, msg, fingerprint) VALUES ('u', '2026-01-31 "
    "12:00:00.000000', 'killed', 'killed by SIGPIPE, which the program does not handle', "
    "'2:0123456789abcdef');";

void make_database_of_version(int version, const std::filesystem::path& path) {
  sqlite_shell(path,
               "CREATE TABLE frames (crash_id INTEGER NOT NULL REFERENCES crashes(id), thread "
               "INTEGER NOT NULL, depth INTEGER NOT NULL, address TEXT, module TEXT, build_id "
               "TEXT, offset TEXT, function TEXT, file TEXT, line INTEGER, inlined INTEGER NOT "
               "NULL DEFAULT 0" +
                   std::string(version == 1 ? ""
                                            : ", return_address INTEGER, column_number INTEGER, "
                                              "name_source TEXT") +
                   ");"
                   "CREATE INDEX frames_by_crash ON frames (crash_id, thread, depth);"
                   "INSERT INTO frames (crash_id, thread, depth, module) VALUES (1, 1, 0, "
                   "'/usr/bin/app');" +
                   kCrashesBefore3 +
                   "PRAGMA journal_mode = WAL; PRAGMA user_version = " + std::to_string(version));
}

// What an upgrade leaves of them.
std::string rows_of_upgraded(const std::filesystem::path& path) {
  return sqlite_shell(
      path,
      "SELECT crash_id, depth, module, inlined, name_source FROM frames;"
      "SELECT count(*) FROM threads;"
      "SELECT kind, msg, fingerprint, access, cause, phase, sender_pid, sender_uid, "
      "system_call, killed_by FROM crashes;"
      "PRAGMA user_version; PRAGMA integrity_check;");
}
const std::string kUpgraded =
    "1|0|/usr/bin/app|0|\n0\n"
    "killed|killed by SIGPIPE, which the program does not handle|2:0123456789abcdef|||||||\n" +
    kVersionText + "\nok";

}  // namespace

TEST_CASE("store schema: opening an empty place makes all tables, in write-ahead mode") {
  const TemporaryDirectory directory;
  const auto path = store_at(directory / "LOGS.db").open();
  REQUIRE(path.ok());
  CHECK(*path == directory / "LOGS.db");
  CHECK(sqlite_shell(*path, "PRAGMA user_version; PRAGMA journal_mode;") == kVersionText + "\nwal");
  CHECK(sqlite_shell(*path,
                     "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master WHERE "
                     "type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name);") ==
        "breadcrumbs,crashes,dblog_queues,dblog_upkeep,event_facts,event_fields,event_stacks,event_"
        "tags,fingerprint_parts,frames,hw_details,hw_logs,"
        "outbox,outbox_digests,outbox_folds,outbox_groups,outbox_leases,outbox_pauses,registers,"
        "stack_frames,stacks,threads");
}

TEST_CASE("store schema: the list of names has all tables, views and indexes") {
  const TemporaryDirectory directory;
  const auto path = store_at(directory / "LOGS.db").open();
  REQUIRE(path.ok());
  std::string names;
  for (const std::string_view name : dblog::schema::kNames) {
    names.append(names.empty() ? "" : ",").append(name);
  }
  CHECK(names == sqlite_shell(*path,
                              "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master "
                              "WHERE name NOT LIKE 'sqlite%' ORDER BY name);"));
}

TEST_CASE("store schema: databases of versions 1 and 2 get the new columns and keep their rows") {
  for (const int version : {1, 2}) {
    const TemporaryDirectory directory;
    const auto path = directory / "LOGS.db";
    make_database_of_version(version, path);
    REQUIRE(store_at(path).open().ok());
    CHECK(rows_of_upgraded(path) == kUpgraded);
  }
}

TEST_CASE("store schema: the crash connection brings versions 1 and 2 up to date as well") {
  for (const int version : {1, 2}) {
    const TemporaryDirectory directory;
    const auto path = directory / "LOGS.db";
    make_database_of_version(version, path);
    REQUIRE(dblog::recovery::open_and_recover(path, std::chrono::seconds{10}).ok());
    CHECK(rows_of_upgraded(path) == kUpgraded);
    CHECK(store_at(path).append(event_row("t", "x")).ok());
  }
}

TEST_CASE("store schema: version 2 without the table of crashes gets a new one") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  make_database_of_version(2, path);
  sqlite_shell(path, "DROP TABLE crashes");
  REQUIRE(store_at(path).open().ok());
  CHECK(sqlite_shell(path, "SELECT count(killed_by) FROM crashes; PRAGMA user_version") ==
        "0\n" + kVersionText);
}

TEST_CASE("store schema: an older LOGS.db keeps its rows and takes new ones") {
  const TemporaryDirectory directory;
  make_older_database(directory / "LOGS.db");
  auto row = event_row("error_table", "third");
  row.hardware = dblog::store::HardwareRow{"third", 1, {}, row.date};
  const auto id = store_at(directory / "LOGS.db").append(row);
  REQUIRE(id.ok());
  CHECK(*id == 3);
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT id, msg, date FROM error_table; SELECT id, task, memory FROM hw_logs;"
                     "PRAGMA user_version; PRAGMA integrity_check;") ==
        "1|Error: division by zero|2021-12-02 12:44:53.180092\n"
        "2|second|2022-01-03 16:01:57.595637\n"
        "3|third|2026-01-31 12:00:00.000000\n"
        "1|Error: division by zero|25010176\n"
        "2|third|\n" +
            kVersionText + "\nok");
}

TEST_CASE("store: a row that a trigger leaves out is an error, and leads to no other row") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  REQUIRE(store_at(path).append(event_row("t", "kept")).ok());
  sqlite_shell(path,
               "CREATE TRIGGER picky BEFORE INSERT ON t WHEN NEW.msg LIKE 'drop%' BEGIN "
               "SELECT raise(IGNORE); END");
  const auto id = store_at(path).append(event_row("t", "drop this"));
  REQUIRE_FALSE(id.ok());
  CHECK(id.error().why.find("a trigger of \"t\"") != std::string::npos);
  CHECK(store_at(path).append(event_row("t", "kept too")).ok());
  CHECK(sqlite_shell(path, "SELECT group_concat(msg) FROM t") == "kept,kept too");
}

TEST_CASE("store schema: an older database with rows by another program in between is fine") {
  const TemporaryDirectory directory;
  make_older_database(directory / "LOGS.db");
  dblog::store::Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("error_table", "ours")).ok());
  sqlite_shell(directory / "LOGS.db", "INSERT INTO error_table (msg) VALUES ('theirs');");
  CHECK(store.append(event_row("error_table", "ours again")).value() == 5);
}

TEST_CASE("store schema: a newer database is refused and stays as it is, byte for byte") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  sqlite_shell(path,
               "CREATE TABLE later (x); INSERT INTO later VALUES (1); PRAGMA user_version = " +
                   std::to_string(dblog::schema::kVersion + 1) + ";");
  const std::string before = bytes_of(path);
  const auto refused = store_at(path).append(event_row("t", "x"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::newer_schema);
  CHECK(refused.error().text().find("update dblog") != std::string::npos);
  CHECK(bytes_of(path) == before);
  CHECK_FALSE(std::filesystem::exists(path.native() + "-wal"));
}

TEST_CASE("store schema: a newer database in write-ahead mode is refused and unchanged too") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  sqlite_shell(path,
               "PRAGMA journal_mode = WAL; CREATE TABLE later (x); PRAGMA user_version = 99;");
  const std::string before = bytes_of(path);
  CHECK(store_at(path).open().error().code == ErrorCode::newer_schema);
  CHECK(bytes_of(path) == before);
}

TEST_CASE("store schema: a newer database is used as soon as it is replaced by one of ours") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  sqlite_shell(path, "PRAGMA user_version = 99;");
  dblog::store::Store& store = store_at(path);
  REQUIRE_FALSE(store.open().ok());
  std::filesystem::remove(path);
  CHECK(store.open().ok());
}

TEST_CASE("store schema: another program's table with a name of ours is refused, not changed") {
  for (const std::string name : {"frames", "crashes", "outbox"}) {
    const TemporaryDirectory directory;
    const auto path = directory / "LOGS.db";
    sqlite_shell(path, "PRAGMA journal_mode = WAL; CREATE TABLE " + name + " (id, width);");
    const auto refused = store_at(path).append(event_row("t", "x"));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().text().find("another program's table") != std::string::npos);
    CHECK(
        sqlite_shell(path, "SELECT group_concat(name) FROM sqlite_master; PRAGMA user_version;") ==
        name + "\n0");
  }
}

TEST_CASE("store schema: a table of ours that was dropped comes back at the next opening") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  sqlite_shell(path, std::string(dblog::schema::kCreateTables) +
                         "DROP TABLE crashes; PRAGMA user_version = " + kVersionText + ";");
  REQUIRE(store_at(path).open().ok());
  CHECK(sqlite_shell(path, "SELECT count(*) FROM crashes;") == "0");
}
