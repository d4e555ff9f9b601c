#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <string>

#include "src/recovery/recovery.hpp"
#include "src/schema/schema.hpp"
#include "src/schema/views.hpp"
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

// As the version before the present one made the tables that have changed since.
void make_database_of_version_3(const std::filesystem::path& path) {
  sqlite_shell(
      path,
      "CREATE TABLE hw_details (hw_log_id INTEGER PRIMARY KEY REFERENCES hw_logs(id), load_1 REAL, "
      "load_5 REAL, load_15 REAL, uptime_seconds REAL, threads INTEGER, open_files INTEGER, "
      "open_files_limit INTEGER, memory_total INTEGER, memory_available INTEGER, swap_total "
      "INTEGER, swap_free INTEGER, cgroup_memory_current INTEGER, cgroup_memory_max INTEGER, "
      "cgroup_pids_current INTEGER, cgroup_pids_max INTEGER, pressure_cpu REAL, pressure_memory "
      "REAL, pressure_io REAL);"
      "CREATE TABLE crashes (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, date "
      "DATETIME NOT NULL, kind TEXT NOT NULL, signal INTEGER, signal_name TEXT, signal_code "
      "INTEGER, fault_address TEXT, exception_type TEXT, msg TEXT, pid INTEGER, tid INTEGER, "
      "thread_name TEXT, host TEXT, executable TEXT, release TEXT, fingerprint TEXT, stack_trace "
      "TEXT, hw_log_id INTEGER REFERENCES hw_logs(id), access TEXT, cause TEXT, phase TEXT, "
      "sender_pid INTEGER, sender_uid INTEGER, system_call INTEGER, killed_by INTEGER);"
      "CREATE TABLE breadcrumbs (crash_id INTEGER NOT NULL REFERENCES crashes(id), number INTEGER "
      "NOT NULL, date DATETIME NOT NULL, tid INTEGER NOT NULL, msg TEXT NOT NULL, PRIMARY KEY "
      "(crash_id, number)) WITHOUT ROWID;"
      "CREATE TABLE event_stacks (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, pid "
      "INTEGER, tid INTEGER, exception_type TEXT, pushed_at INTEGER REFERENCES stacks(id), "
      "thrown_at INTEGER REFERENCES stacks(id), PRIMARY KEY (source_table, source_id)) WITHOUT "
      "ROWID;"
      "CREATE TABLE event_facts (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, severity "
      "TEXT NOT NULL, fields_left_out INTEGER NOT NULL DEFAULT 0, tags_left_out INTEGER NOT NULL "
      "DEFAULT 0, PRIMARY KEY (source_table, source_id)) WITHOUT ROWID;"
      "CREATE TABLE error_table (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME);"
      "INSERT INTO error_table (msg, date) VALUES ('old', '2026-01-31 12:00:00.000000');"
      "INSERT INTO event_stacks VALUES ('error_table', 1, 11, 12, 'E', 3, NULL);"
      "INSERT INTO event_facts VALUES ('error_table', 1, 'warning', 0, 2);"
      "INSERT INTO crashes (uuid, date, kind, cause) VALUES ('u', '2026-01-31 12:00:00.000000', "
      "'killed', 'unknown');"
      "INSERT INTO breadcrumbs VALUES (1, 1, '2026-01-31 11:59:00.000000', 12, 'crumb');"
      "INSERT INTO hw_details (hw_log_id, threads) VALUES (5, 3);"
      "PRAGMA journal_mode = WAL; PRAGMA user_version = 3");
}

// The tables and the view that have changed since version 5.
void make_database_of_version_5(const std::filesystem::path& path) {
  std::string sql = dblog::schema::kCreateTables;
  const auto drop = [&sql](const std::string& columns) {
    REQUIRE(sql.find(columns) != std::string::npos);
    sql.erase(sql.find(columns), columns.size());
  };
  drop(
      ", changed_utc INTEGER, first_seen_utc INTEGER, resolved_utc INTEGER, muted_until_utc "
      "INTEGER");
  drop(", next_attempt_utc INTEGER, suppressed_by TEXT");
  sqlite_shell(
      path, sql +
                "DROP VIEW crash_groups; CREATE VIEW crash_groups AS WITH g AS (SELECT "
                "fingerprint, min(date) AS first_seen FROM crashes GROUP BY fingerprint) SELECT * "
                "FROM g;"
                "INSERT INTO crashes (uuid, date, kind, fingerprint, utc_offset) VALUES ('u', "
                "'2026-01-31 12:00:00.123456', 'signal', '2:aa', 3600), ('v', '2026-07-31 "
                "12:00:00.000000', 'signal', '2:aa', 7200);"
                "INSERT INTO crash_group_states (fingerprint, state, first_seen, muted_until) "
                "VALUES ('2:aa', 'muted', '2026-01-31 12:00:00.123456', '2027-01-01');"
                "INSERT INTO outbox (uuid, channel, subject, body, created, next_attempt) VALUES "
                "('m', 'slack', 's', 'b', '2026-01-31', '2026-02-01');"
                "PRAGMA journal_mode = WAL; PRAGMA user_version = 5");
}

std::string news_of_6(const std::filesystem::path& path) {
  return sqlite_shell(
      path,
      "SELECT count(*) FROM pragma_table_info('crash_group_states') WHERE name IN ('changed_utc', "
      "'first_seen_utc', 'resolved_utc', 'muted_until_utc');"
      "SELECT count(*) FROM pragma_table_info('outbox') WHERE name IN ('next_attempt_utc', "
      "'suppressed_by'); SELECT count(first_seen_utc) >= 0 FROM crash_groups; PRAGMA user_version; "
      "PRAGMA integrity_check;");
}
const std::string kNewsOf6 = "4\n2\n1\n" + kVersionText + "\nok";

std::string rows_of_upgraded_3(const std::filesystem::path& path) {
  return sqlite_shell(
      path,
      "SELECT pid, tid, exception_type, pushed_at, process_id, utc_offset FROM event_stacks;"
      "SELECT severity, tags_left_out FROM event_facts; SELECT kind, cause, process_id, utc_offset "
      "FROM crashes; SELECT msg, utc_offset FROM breadcrumbs; SELECT threads, utc_offset FROM "
      "hw_details; SELECT count(*) FROM dblog_processes; SELECT count(*) FROM dblog_event_runs; "
      "SELECT count(*) FROM crash_fields;"
      "PRAGMA user_version; PRAGMA integrity_check;");
}
const std::string kUpgraded3 =
    "11|12|E|3||\nwarning|2\nkilled|unknown||\ncrumb|\n3|\n0\n0\n0\n" + kVersionText + "\nok";

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
  CHECK(
      sqlite_shell(*path,
                   "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master WHERE "
                   "type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name);") ==
      "breadcrumbs,crash_fields,crash_group_releases,crash_group_states,crash_noexcept,crash_notes,"
      "crashes,"
      "dblog_event_runs,dblog_exits,dblog_processes,dblog_queues,dblog_upkeep,event_facts,event_"
      "fields,event_"
      "stacks,event_tags,fingerprint_aliases,fingerprint_parts,frames,"
      "hw_details,hw_logs,outbox,outbox_digests,outbox_folds,outbox_groups,outbox_leases,"
      "outbox_parts,outbox_pauses,registers,stack_frames,stacks,threads");
}

TEST_CASE("store schema: the list of names has all tables, views and indexes") {
  const TemporaryDirectory directory;
  const auto path = store_at(directory / "LOGS.db").open();
  REQUIRE(path.ok());
  std::set<std::string> sorted(std::begin(dblog::schema::kNames), std::end(dblog::schema::kNames));
  for (const dblog::schema::View& view : dblog::schema::kViews) sorted.emplace(view.name);
  std::string names;
  for (const std::string& name : sorted) names.append(names.empty() ? "" : ",").append(name);
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

TEST_CASE("store schema: a database of version 3 keeps the facts of its events and its crashes") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  make_database_of_version_3(path);
  REQUIRE(store_at(path).open().ok());
  CHECK(rows_of_upgraded_3(path) == kUpgraded3);
  CHECK(sqlite_shell(path, "SELECT msg, time, utc, severity FROM errors") ==
        "old|2026-01-31T12:00:00.000000||warning");
}

TEST_CASE("store schema: the crash connection brings version 3 up to date as well") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  make_database_of_version_3(path);
  REQUIRE(dblog::recovery::open_and_recover(path, std::chrono::seconds{10}).ok());
  CHECK(rows_of_upgraded_3(path) == kUpgraded3);
  CHECK(store_at(path).append(event_row("t", "x")).ok());
}

TEST_CASE("store schema: databases of all versions get times in UTC, and their rows stay") {
  for (const int version : {0, 1, 2, 3, 4, 5}) {
    CAPTURE(version);
    const TemporaryDirectory directory;
    const auto path = directory / "LOGS.db";
    if (version == 0) make_older_database(path);
    if (version == 1 || version == 2) make_database_of_version(version, path);
    if (version == 3 || version == 4) make_database_of_version_3(path);
    if (version == 4) sqlite_shell(path, "PRAGMA user_version = 4");
    if (version == 5) make_database_of_version_5(path);
    REQUIRE(store_at(path).open().ok());
    CHECK(news_of_6(path) == kNewsOf6);
  }
}

TEST_CASE(
    "store schema: version 5 keeps its alerts and decisions, and its view gets times in UTC") {
  for (const bool is_first_opened_at_crash_time : {false, true}) {
    const TemporaryDirectory directory;
    const auto path = directory / "LOGS.db";
    make_database_of_version_5(path);
    if (is_first_opened_at_crash_time) {
      REQUIRE(dblog::recovery::open_and_recover(path, std::chrono::seconds{10}).ok());
    }
    REQUIRE(store_at(path).open().ok());
    CHECK(news_of_6(path) == kNewsOf6);
    CHECK(sqlite_shell(path,
                       "SELECT state, first_seen, first_seen_utc, muted_until FROM "
                       "crash_group_states; SELECT uuid, next_attempt, next_attempt_utc, "
                       "suppressed_by FROM outbox;"
                       "SELECT first_seen, first_seen_utc, last_seen, last_seen_utc, count FROM "
                       "crash_groups;") ==
          "muted|2026-01-31 12:00:00.123456||2027-01-01\nm|2026-02-01||\n"
          "2026-01-31T12:00:00.123456+01:00|2026-01-31T11:00:00.123456Z|"
          "2026-07-31T12:00:00.000000+02:00|2026-07-31T10:00:00.000000Z|2");
  }
}

TEST_CASE("store schema: a user's own view that is called crash_groups stays") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  make_database_of_version_5(path);
  sqlite_shell(path, "DROP VIEW crash_groups; CREATE VIEW crash_groups AS SELECT 7 AS mine");
  REQUIRE(store_at(path).open().ok());
  CHECK(sqlite_shell(path, "SELECT mine FROM crash_groups; PRAGMA user_version") ==
        "7\n" + kVersionText);
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
