#include "src/grouping/fingerprint_crashes.hpp"

#include <catch2/catch.hpp>

#include "src/scrub/rules.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

using namespace dblog;
using namespace dblog::test;
using grouping::fingerprint_crashes;

namespace {

void add_crash(SQLite::Database& database, const std::string& uuid, const std::string& function) {
  database.exec("INSERT INTO crashes (uuid, date, kind, signal_name, tid, executable) VALUES ('" +
                uuid + "', '2026-01-01', 'signal', 'SIGSEGV', 7, '/srv/app')");
  const std::string id = std::to_string(database.getLastInsertRowid());
  database.exec("INSERT INTO frames (crash_id, thread, depth, module, function) VALUES (" + id +
                ", 7, 1, '/srv/app', 'main'), (" + id + ", 7, 0, '/srv/app', '" + function +
                "(int)'), (" + id + ", 8, 0, '/srv/app', 'another_thread')");
}

std::string one_text(SQLite::Database& database, const std::string& query) {
  return database.execAndGet(query).getString();
}

struct ActiveRules {
  explicit ActiveRules(const scrub::Rules& rules) { scrub::set_active_rules(&rules); }
  ~ActiveRules() { scrub::set_active_rules(nullptr); }
};

}  // namespace

TEST_CASE("fingerprint crashes: fills what is NULL, and says of what it was made") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  add_crash(database, "a", "parse");
  add_crash(database, "b", "parse");
  add_crash(database, "c", "other");
  const auto counts = fingerprint_crashes(database, 100);
  REQUIRE(counts.ok());
  CHECK(counts->crashes == 3);
  CHECK(one_text(database,
                 "SELECT group_concat(count, ' ') FROM (SELECT count(*) AS count FROM "
                 "crashes GROUP BY fingerprint ORDER BY count)") == "1 2");
  CHECK(one_text(database,
                 "SELECT p.place || '|' || p.parts FROM fingerprint_parts AS p JOIN "
                 "crashes AS c USING (fingerprint) WHERE c.uuid = 'a'") ==
        "parse|signal SIGSEGV\nin parse\nin main of app");
}

TEST_CASE("fingerprint crashes: none has one before it is scrubbed") {
  static const scrub::Rules rules{{{"password"}, {}}};
  const ActiveRules active{rules};
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  add_crash(database, "a", "parse");
  database.exec("UPDATE crashes SET msg = 'password=hunter2'");
  database.exec("INSERT INTO crash_notes VALUES (1, 'complete', 'password=hunter2')");
  database.exec(
      "CREATE TRIGGER no BEFORE UPDATE ON crash_notes BEGIN SELECT raise(ABORT, 'no'); END");
  CHECK_FALSE(fingerprint_crashes(database, 100).ok());
  CHECK(one_text(database, "SELECT msg FROM crashes WHERE fingerprint IS NULL") ==
        "password=hunter2");
  database.exec("DROP TRIGGER no");
  REQUIRE(fingerprint_crashes(database, 100)->crashes == 1);
  CHECK(one_text(database, "SELECT msg FROM crashes") == "password=[scrubbed]");
  CHECK(one_text(database, "SELECT note FROM crash_notes") == "password=[scrubbed]");
}

TEST_CASE("fingerprint crashes: never changes one that is there") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  add_crash(database, "a", "parse");
  database.exec("UPDATE crashes SET fingerprint = '0:old'");
  const auto counts = fingerprint_crashes(database, 100);
  REQUIRE(counts.ok());
  CHECK(counts->crashes == 0);
  CHECK(one_text(database, "SELECT fingerprint FROM crashes") == "0:old");
}

TEST_CASE("fingerprint crashes: does as many as asked for, the oldest first") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  database.exec("BEGIN");
  for (int i = 0; i < 450; ++i) add_crash(database, std::to_string(i), "parse");
  database.exec("COMMIT");
  REQUIRE(fingerprint_crashes(database, 401)->crashes == 401);
  CHECK(one_text(database, "SELECT min(id) FROM crashes WHERE fingerprint IS NULL") == "402");
  CHECK(fingerprint_crashes(database, 401)->crashes == 49);
  CHECK(fingerprint_crashes(database, 401)->crashes == 0);
}

TEST_CASE("fingerprint crashes: fills the stacks of handled errors too") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  database.exec(
      "INSERT INTO stacks (id) VALUES (1), (2);"
      "INSERT INTO stack_frames (stack_id, depth, module, function) VALUES "
      "(1, 0, '/srv/app', 'read_file'), (2, 0, '/srv/app', 'read_file(char const*)')");
  REQUIRE(fingerprint_crashes(database, 100)->stacks == 2);
  CHECK(one_text(database, "SELECT count(DISTINCT fingerprint) FROM stacks") == "1");
}

TEST_CASE("fingerprint crashes: waits until the symbolizer has tried to name the frames") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  add_crash(database, "a", "parse");
  database.exec(
      "INSERT INTO stacks (id) VALUES (1); INSERT INTO stack_frames (stack_id, depth) VALUES (1, "
      "0);"
      "UPDATE frames SET function = NULL WHERE depth = 1");
  const auto before = fingerprint_crashes(database, 100);
  REQUIRE(before.ok());
  CHECK(before->crashes == 0);
  CHECK(before->stacks == 0);
  database.exec(
      "UPDATE frames SET name_source = 'none'; UPDATE stack_frames SET name_source = 'none'");
  const auto after = fingerprint_crashes(database, 100);
  REQUIRE(after.ok());
  CHECK(after->crashes == 1);
  CHECK(after->stacks == 1);
}

TEST_CASE("fingerprint crashes: opens a database by its path, of the present schema only") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  {
    auto database = make_database(path);
    add_crash(database, "a", "parse");
    database.exec("PRAGMA user_version = 1");
  }
  REQUIRE(fingerprint_crashes(path, 100).ok());
  CHECK(fingerprint_crashes(path, 100)->crashes == 0);
  make_database(path);
  CHECK(fingerprint_crashes(path, 100)->crashes == 1);
  CHECK_FALSE(fingerprint_crashes(directory / "absent.db", 100).ok());
  CHECK_FALSE(std::filesystem::exists(directory / "absent.db"));
}

TEST_CASE("fingerprint crashes: works inside the caller's transaction, and goes with it") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  add_crash(database, "a", "parse");
  database.exec("BEGIN IMMEDIATE");
  CHECK(fingerprint_crashes(database, 100)->crashes == 1);
  database.exec("ROLLBACK");
  CHECK(one_text(database, "SELECT count(*) FROM crashes WHERE fingerprint IS NULL") == "1");
}

TEST_CASE("fingerprint crashes: a database that is locked is an error") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  add_crash(database, "a", "parse");
  auto other = make_database(directory / "LOGS.db");
  other.exec("BEGIN IMMEDIATE");
  const auto counts = fingerprint_crashes(database, 100);
  REQUIRE_FALSE(counts.ok());
  CHECK(counts.error().code == dblog::base::ErrorCode::busy);
}

TEST_CASE("crash groups view: has dates, count, releases and a title from the newest crash") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  for (const char* uuid : {"a", "b", "c"}) add_crash(database, uuid, "parse");
  database.exec(
      "UPDATE crashes SET date = '2026-01-0' || id, release = CASE id WHEN 3 THEN '1.1' ELSE '1.0' "
      "END, msg = 'SIGSEGV: write to address ' || id || char(10) || 'more'");
  REQUIRE(fingerprint_crashes(database, 100).ok());
  CHECK(one_text(database,
                 "SELECT first_seen || '|' || last_seen || '|' || count || '|' || "
                 "releases || '|' || newest_crash || '|' || title FROM crash_groups") ==
        "2026-01-01|2026-01-03|3|1.0, 1.1|3|SIGSEGV in parse: write to address 3");
  CHECK(one_text(database, "SELECT count(*) FROM (" + std::string(schema::kCrashGroups) + ")") ==
        "1");
}
