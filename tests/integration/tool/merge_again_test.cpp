// dblog merge: what repeated merges, other spellings and odd rows must not change.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/integration/tool/merge_scene.hpp"

using namespace dblog::test;

TEST_CASE("dblog merge: tables of events may have any name") {
  const MergeScene scene;
  const std::vector<std::string> names = {"merge_ids", "merge_matched", "merge_new",
                                          "merge_staged"};
  {
    SQLite::Database database{scene.a.string(), SQLite::OPEN_READWRITE};
    for (const std::string& name : names) {
      make_event_table(database, name);
      add_event(database, name, name, "2026-01-01 00:00:00.000000");
      add_event_facts(database, name, 1);
    }
  }
  CHECK_THAT(scene.merge({"a.db"}).out, Catch::StartsWith("a.db: 1 crash, 8 events"));
  for (const std::string& name : names) {
    CHECK(value(scene.all, "SELECT id, msg FROM " + name) == "1|" + name);
  }
  CHECK_THAT(scene.merge({"a.db"}).out, Catch::StartsWith("a.db: nothing new\n"));
}

TEST_CASE(
    "dblog merge: an event is the same when its process has become known or is not any more") {
  const MergeScene scene;
  // Event 4 is another program's; it looks like one of process 7 as long as that writes.
  write(scene.a, "UPDATE dblog_event_runs SET last_id = NULL");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  write(scene.a, "UPDATE dblog_event_runs SET last_id = 3");
  CHECK_THAT(scene.merge({"a.db"}).out, Catch::StartsWith("a.db: nothing new\n"));
  // Another process's is an event of its own, and one that is of no known process is not.
  write(scene.a,
        "INSERT INTO e (msg, date) SELECT msg, date FROM e WHERE id IN (2, 4) ORDER BY id;"
        "INSERT INTO dblog_event_runs VALUES ('e', 5, 5, 8, 3600)");
  CHECK_THAT(scene.merge({"a.db"}).out, Catch::StartsWith("a.db: 2 events\n"));
  CHECK_THAT(scene.merge({"a.db"}).out, Catch::StartsWith("a.db: nothing new\n"));
  CHECK(value(scene.all, "SELECT id, msg FROM e ORDER BY id") ==
        value(scene.a, "SELECT id, msg FROM e ORDER BY id"));
}

TEST_CASE("dblog merge: what belongs to an event comes, whatever the spelling of its table") {
  const MergeScene scene;
  write(scene.a,
        "UPDATE event_facts SET source_table = 'E'; UPDATE event_stacks SET source_table = 'E'");
  {
    auto database = make_database(scene.all);
    make_event_table(database, "E");
    add_event(database, "E", "older", "2025-01-01 00:00:00.000000");
  }
  write(scene.a, "UPDATE outbox SET source_table = 'e' WHERE uuid = 'o2'");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT source_table, source_id FROM event_facts") == "E|2");
  CHECK(value(scene.all, "SELECT source_table, source_id, pushed_at FROM event_stacks") ==
        "E|2|99");
  CHECK(value(scene.all, "SELECT DISTINCT source_table, source_id FROM event_tags") == "E|2");
  CHECK(value(scene.all, "SELECT source_table, source_id FROM outbox") == "E|2");
}

TEST_CASE("dblog merge: stacks that no new event names stay where they are") {
  const MergeScene scene;
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT count(*) FROM stacks") == "1");
  write(scene.all, "DELETE FROM event_stacks; DELETE FROM stacks; DELETE FROM stack_frames");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT (SELECT count(*) FROM stacks) + count(*) FROM stack_frames") ==
        "0");
}

TEST_CASE("dblog merge: a process's release comes as soon as it is known, without its end") {
  const MergeScene scene;
  write(scene.a, "UPDATE dblog_processes SET release = NULL, ended_utc = NULL");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  write(scene.a, "UPDATE dblog_processes SET release = '2.0', environment = 'test'");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT release, environment FROM dblog_processes") == "2.0|test");
}

TEST_CASE("dblog merge: notes of databases that are merged into each other do not grow") {
  const MergeScene scene;
  const auto make_note = [](const std::filesystem::path& path, const std::string& note) {
    write(path,
          "INSERT INTO crash_group_states (fingerprint, state, note) VALUES ('1:feed', "
          "'open', '" +
              note + "')");
  };
  make_note(scene.a, "ours");
  { auto database = make_database(scene.all); }
  make_note(scene.all, "theirs");
  const std::string sql = "SELECT note FROM crash_group_states";
  for (int i = 0; i < 3; ++i) {
    REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
    REQUIRE(scene.tool({"--db", "a.db", "merge", "all.db"}).exit_code() == 0);
  }
  CHECK(value(scene.all, sql) == "theirs; ours");
  CHECK(value(scene.a, sql) == "ours; theirs");

  write(scene.a, "UPDATE crash_group_states SET note = hex(zeroblob(3000))");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT length(note), substr(note, 1, 14) FROM crash_group_states") ==
        "2000|theirs; ours; ");
  CHECK_THAT(scene.merge({"a.db"}).out, Catch::StartsWith("a.db: nothing new\n"));
}

TEST_CASE("dblog merge: a decision meets a later crash behind many that are older") {
  const MergeScene scene;
  write(scene.a,
        "INSERT INTO crash_group_states (fingerprint, state, changed, changed_utc, resolved, "
        "resolved_utc) VALUES ('1:feed', 'resolved', '2026-02-01', 1769900400000000, '2026-02-01', "
        "1769900400000000)");
  {
    auto database = make_database(scene.all);
    database.exec(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) INSERT "
        "INTO crashes (uuid, date, kind, fingerprint, utc_offset) SELECT 'n' || i, '2025-01-01 "
        "00:00:00.000000', 'signal', '1:feed', 0 FROM n; INSERT INTO crashes (uuid, date, kind, "
        "fingerprint, utc_offset) VALUES ('new', '2026-03-01 00:00:00.000000', 'signal', '1:feed', "
        "0)");
  }
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT state, regressed_by FROM crash_group_states") == "regressed|1002");
}

TEST_CASE("dblog merge: a locked target is the target's failure") {
  const MergeScene scene;
  auto database = make_database(scene.all);
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  database.exec("BEGIN IMMEDIATE");
  const auto child = scene.merge({"a.db"});
  CHECK(child.exit_code() == 3);
  CHECK_THAT(child.err, Catch::Contains("all.db: another program has the database locked"));
}

TEST_CASE("dblog merge: rows whose ids are no numbers stay out") {
  const MergeScene scene;
  write(scene.a,
        "CREATE TABLE odd (id INTEGER PRIMARY KEY DESC, msg VARCHAR, date DATETIME);"
        "INSERT INTO odd VALUES ('one', 'text', '2026'), (NULL, 'none', '2026'), (3, 'three', "
        "'2026')");
  const auto child = scene.merge({"a.db"});
  CHECK_THAT(child.err, Catch::Equals(""));
  CHECK_THAT(child.out, Catch::StartsWith("a.db: 1 crash, 5 events"));
  CHECK(value(scene.all, "SELECT id, msg FROM odd") == "1|three");
}

TEST_CASE("dblog merge: a fingerprint that dblog does not write does no harm") {
  const MergeScene scene;
  write(
      scene.a,
      "INSERT INTO crashes (uuid, date, kind, fingerprint) VALUES ('odd', '2026-01-01', 'signal', "
      "'merging 1:feed'); INSERT INTO crash_group_states (fingerprint, state, note) VALUES "
      "('1:feed', 'open', 'ours')");
  const auto child = scene.merge({"a.db"});
  CHECK_THAT(child.err, Catch::Equals(""));
  CHECK(child.exit_code() == 0);
  CHECK(value(scene.all, "SELECT note FROM crash_group_states WHERE fingerprint = '1:feed'") ==
        "ours");
}

TEST_CASE("dblog merge: root reads a source only if the target's owner may") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can change its user");
    return;
  }
  constexpr uid_t kNobody = 65'534;
  const MergeScene scene;
  { auto database = make_database(scene.all); }
  for (const auto& path : {scene.all, scene.tool.directory.path()}) {
    REQUIRE(::chown(path.c_str(), kNobody, kNobody) == 0);
  }
  write(scene.a, "ALTER TABLE crashes RENAME TO secret; DROP TABLE e; DROP TABLE hw_logs");
  REQUIRE(::chmod(scene.a.c_str(), 0600) == 0);
  const auto child = scene.merge({"a.db"});
  CHECK(child.exit_code() == 3);
  CHECK_THAT(child.err, Catch::StartsWith("dblog: a.db: may not be read by this user"));
}
