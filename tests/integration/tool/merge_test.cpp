// dblog merge: rows of several databases in one, each once.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/merge_scene.hpp"

using namespace dblog::test;
using nlohmann::json;

TEST_CASE("dblog merge: a new database gets all of a source, and ids that fit") {
  const MergeScene scene;
  {
    // The target's ids are other ones.
    auto database = make_database(scene.all);
    make_event_table(database, "e");
    add_event(database, "e", "older", "2025-01-01 00:00:00.000000");
    database.exec(
        "INSERT INTO crashes (id, uuid, date, kind) VALUES (40, 'other', '2025-01-01', 'killed');"
        "INSERT INTO hw_logs (id, task) VALUES (60, 'other');"
        "INSERT INTO outbox (id, uuid, channel, subject, body, created) VALUES (80, 'o80', "
        "'slack', "
        "'', '', '2025')");
  }
  const auto child = scene.merge({"a.db"});
  CHECK_THAT(child.err, Catch::Equals(""));
  CHECK(child.out ==
        "a.db: 1 crash, 4 events, 1 hardware snapshot, 1 process, 1 message\n"
        "  2 messages not sent yet: they stay there, for dblog flush\n");
  CHECK(child.exit_code() == 0);

  CHECK(value(scene.all, "SELECT id, uuid, hw_log_id, process_id FROM crashes") ==
        "40|other||\n41|c0ffee|61|7");
  for (const char* part : {"frames", "threads", "registers", "breadcrumbs", "crash_fields"}) {
    INFO(part);
    const std::string count = std::string("SELECT count(*) FROM ") + part;
    CHECK(value(scene.all, count + " WHERE crash_id = 41") == value(scene.a, count));
  }
  CHECK(value(scene.all, "SELECT hw_log_id, threads FROM hw_details") == "61|3");
  CHECK(value(scene.all, "SELECT id, msg, date FROM e") ==
        "1|older|2025-01-01 00:00:00.000000\n2|refused|2026-01-30 08:00:00.000000\n"
        "3|again|2026-01-30 08:00:01.000000\n4|again|2026-01-30 08:00:01.000000\n"
        "5|of another program|2026-01-30 08:00:02.000000");
  CHECK(value(scene.all, "SELECT source_id, severity FROM event_facts") == "2|warning");
  CHECK(value(scene.all, "SELECT source_id, pushed_at, process_id FROM event_stacks") == "2|99|7");
  CHECK(value(scene.all, "SELECT * FROM dblog_event_runs") == "e|2|4|7|3600");
  CHECK(value(scene.all, "SELECT stack_id, function FROM stack_frames") == "99|push()");
  CHECK(value(scene.all, "SELECT uuid, state, source_table, source_id FROM outbox") ==
        "o80|pending||\no2|sent|crashes|41");
  CHECK(value(scene.all, "SELECT fingerprint, state, first_crash FROM crash_group_states") ==
        "1:feed|open|41");
  CHECK(value(scene.all, "SELECT source_id, host, release FROM errors ORDER BY source_id") ==
        "1||\n2|web1|1.2.3\n3|web1|1.2.3\n4|web1|1.2.3\n5||");
}

TEST_CASE("dblog merge: again changes nothing, and a later state of the source adds what is new") {
  const MergeScene scene;
  const std::string source = dump(scene.a);
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  const std::string first = dump(scene.all);
  const auto again = scene.merge({"a.db", "a.db"});
  CHECK(again.out ==
        "a.db: nothing new\n  2 messages not sent yet: they stay there, for dblog flush\n"
        "a.db: nothing new\n  2 messages not sent yet: they stay there, for dblog flush\n");
  CHECK(dump(scene.all) == first);
  CHECK(dump(scene.a) == source);

  write(scene.a,
        "INSERT INTO e (msg, date) VALUES ('again', '2026-01-30 08:00:01.000000'), ('new', "
        "'2026-01-30 09:00:00.000000'); INSERT INTO dblog_event_runs VALUES ('e', 5, 6, 7, 3600);"
        "INSERT INTO e (msg, date) VALUES ('of another program', '2026-01-30 08:00:02.000000');"
        "INSERT INTO crashes (uuid, date, kind) VALUES ('c2', '2026-02-01', 'killed');"
        "UPDATE dblog_processes SET ended_utc = 200, ended_by = 'exit';"
        "UPDATE outbox SET state = 'sent', sent = '2026-02-02 00:00:00.000000', source_table = 'e' "
        "WHERE uuid = 'o3'");
  const auto later = scene.merge({"a.db"});
  CHECK(later.out ==
        "a.db: 1 crash, 3 events, 1 message\n"
        "  1 message not sent yet: it stays there, for dblog flush\n");
  CHECK(value(scene.all, "SELECT ended_by FROM dblog_processes") == "exit");
  CHECK(value(scene.all, "SELECT source_id FROM outbox WHERE uuid = 'o3'") == "1");
}

TEST_CASE("dblog merge: equal messages of two processes in one microsecond are two events") {
  const MergeScene scene;
  {
    auto database = make_database(scene.tool.directory / "b.db");
    make_event_table(database, "E");
    add_event(database, "E", "refused", "2026-01-30 08:00:00.000000");
    add_event_facts(database, "E", 1);
    database.exec(
        "INSERT INTO dblog_processes (id, uuid, host) VALUES (8, 'p8', 'web2');"
        "INSERT INTO dblog_event_runs VALUES ('E', 1, 1, 8, 0)");
  }
  const auto child = scene.merge({"a.db", "b.db"});
  CHECK(child.exit_code() == 0);
  CHECK(value(scene.all, "SELECT count(*) FROM e WHERE msg = 'refused'") == "2");
  CHECK(value(scene.all, "SELECT source_table, source_id FROM event_facts") == "e|1\ne|5");
  CHECK(value(scene.all, "SELECT host FROM errors WHERE msg = 'refused' ORDER BY 1") ==
        "web1\nweb2");
  CHECK_THAT(scene.merge({"b.db"}).out, Catch::StartsWith("b.db: nothing new\n"));
}

TEST_CASE("dblog merge: a run that is open in the target does not take in what comes from others") {
  const MergeScene scene;
  {
    auto database = make_database(scene.all);
    make_event_table(database, "e");
    add_event(database, "e", "mine", "2026-01-01 00:00:00.000000");
    database.exec(
        "INSERT INTO dblog_processes (id, uuid, host) VALUES (5, 'p5', 'here');"
        "INSERT INTO dblog_event_runs VALUES ('e', 1, NULL, 5, 0)");
  }
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT source_id, host FROM errors ORDER BY source_id") ==
        "1|here\n2|web1\n3|web1\n4|web1\n5|");
}

TEST_CASE("dblog merge: what was sent elsewhere is not sent a second time by a copy") {
  const MergeScene scene;
  std::filesystem::copy_file(scene.a, scene.all);
  write(scene.a, "UPDATE outbox SET state = 'sent', sent = '2026-02-02 00:00:00.000000'");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, "SELECT uuid, state FROM outbox") == "o1|sent\no2|sent\no3|sent");
}

TEST_CASE("dblog merge: of two decisions about a group the later one holds, in UTC") {
  const MergeScene scene;
  write(scene.a,
        "INSERT INTO crash_group_states (fingerprint, state, changed, changed_utc, note) VALUES "
        "('1:feed', 'ignored', '2026-02-01 02:00:00.000000', 2000, 'noise')");
  const auto first = scene.merge({"a.db"});
  CHECK_THAT(first.out, Catch::Contains("1 process, 1 message, 1 group decision\n"));
  const std::string sql = "SELECT state, note FROM crash_group_states";
  CHECK(value(scene.all, sql) == "ignored|noise");
  // Later by its local time, earlier in UTC.
  write(scene.a,
        "UPDATE crash_group_states SET state = 'open', changed = '2026-02-01 03:00:00.000000', "
        "changed_utc = 1000");
  REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
  CHECK(value(scene.all, sql) == "ignored|noise");
  write(scene.a, "UPDATE crash_group_states SET changed_utc = 3000");
  CHECK_THAT(scene.merge({"a.db"}).out, Catch::StartsWith("a.db: 1 group decision\n"));
  CHECK(value(scene.all, sql) == "open|noise");
}

TEST_CASE("dblog merge: a crash of before a group was resolved does not make it regress") {
  const MergeScene scene;
  // The crash is of 11:00 UTC.
  const auto regresses = [&](const std::string& resolved) {
    std::filesystem::remove(scene.all);
    {
      auto database = make_database(scene.all);
      database.exec(
          "INSERT INTO crash_group_states (fingerprint, state, changed, changed_utc, resolved, "
          "resolved_utc, resolved_after) SELECT '1:feed', 'resolved', datetime(s, 'unixepoch'), s "
          "* "
          "1000000, datetime(s, 'unixepoch'), s * 1000000, 0 FROM (SELECT strftime('%s', '" +
          resolved + "') AS s)");
    }
    REQUIRE(scene.merge({"a.db"}).exit_code() == 0);
    return value(scene.all, "SELECT state FROM crash_group_states");
  };
  CHECK(regresses("2026-01-31 11:00:01") == "resolved");
  CHECK(regresses("2026-01-31 10:59:59") == "regressed");
  // An older dblog did not record the distance from UTC. Local time is 12:00 then.
  write(scene.a, "UPDATE crashes SET utc_offset = NULL");
  CHECK(regresses("2026-01-31 12:00:01") == "resolved");
  CHECK(regresses("2026-01-31 11:59:59") == "regressed");
}

TEST_CASE("dblog merge: databases of older versions and of the older project") {
  const MergeScene scene;
  {
    SQLite::Database old{(scene.tool.directory / "old.db").string(),
                         SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    make_event_table(old, "error_table");
    add_event(old, "error_table", "once", "2020-01-01 00:00:00.000000");
    old.exec(
        "CREATE TABLE hw_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, task VARCHAR, pid INTEGER, "
        "cpu_times VARCHAR, cpu_usage VARCHAR, memory VARCHAR, mem_use VARCHAR, read_count "
        "INTEGER, "
        "write_count INTEGER, date DATETIME); INSERT INTO hw_logs (task, pid) VALUES ('t', 3)");
  }
  {
    SQLite::Database old{(scene.tool.directory / "v4.db").string(),
                         SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec(
        "CREATE TABLE crashes (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, "
        "date "
        "DATETIME NOT NULL, kind TEXT NOT NULL, fingerprint TEXT, hw_log_id INTEGER); INSERT INTO "
        "crashes VALUES (3, 'v4', '2021', 'killed', '1:dead', NULL); PRAGMA user_version = 4");
  }
  const auto child = scene.merge({"old.db", "v4.db"});
  CHECK_THAT(child.err, Catch::Equals(""));
  CHECK(child.out == "old.db: 1 event, 1 hardware snapshot\nv4.db: 1 crash\n");
  CHECK_THAT(scene.merge({"old.db", "v4.db"}).out,
             Catch::Equals("old.db: nothing new\nv4.db: nothing new\n"));
  CHECK(value(scene.all, "SELECT uuid, fingerprint FROM crashes") == "v4|1:dead");
}

TEST_CASE("dblog merge: what cannot be a source is an error that says why") {
  const MergeScene scene;
  ::link((scene.tool.directory / "a.db").c_str(), (scene.tool.directory / "hard.db").c_str());
  std::filesystem::create_symlink("a.db", scene.tool.directory / "soft.db");
  for (const char* name : {"a.db", "hard.db", "soft.db", "./a.db"}) {
    const auto child = scene.tool({"--db", "a.db", "merge", name});
    CHECK(child.exit_code() == 2);
    CHECK(child.err ==
          "dblog: " + std::string(name) + ": is the database that is merged into (--db)\n");
  }
  const auto refusal = [&](const std::string& name, const std::string& sql) {
    if (!sql.empty()) {
      SQLite::Database database{(scene.tool.directory / name).string(),
                                SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
      database.exec(sql);
    }
    const auto child = scene.merge({name});
    CHECK(child.exit_code() == 3);
    CHECK_THAT(child.out, Catch::Equals(""));
    CHECK_FALSE(std::filesystem::exists(scene.all));
    return child.err;
  };
  CHECK(refusal("none.db", "") == "dblog: none.db: no such file\n");
  CHECK(
      refusal("music.db", "CREATE TABLE songs (name)") ==
      "dblog: music.db: is an SQLite database, but not one of dblog's: it has neither crashes nor "
      "a table of events (id, msg, date)\n");
  CHECK_THAT(refusal("newer.db", "CREATE TABLE crashes (uuid); PRAGMA user_version = 99"),
             Catch::StartsWith("dblog: newer.db: is of schema 99, this dblog knows up to "));
  const auto child = scene.tool({"merge"});
  CHECK(child.exit_code() == 2);
  CHECK_THAT(child.err, Catch::Contains("SOURCE is required"));

  // The others are merged all the same.
  const auto both = scene.merge({"music.db", "a.db"});
  CHECK(both.exit_code() == 1);
  CHECK_THAT(both.out, Catch::StartsWith("a.db: 1 crash"));
  CHECK_THAT(both.err, Catch::StartsWith("dblog: music.db: is an SQLite database, but"));
}

TEST_CASE(
    "dblog merge: tables with names or shapes that dblog does not use stay out, and are named") {
  const MergeScene scene;
  write(
      scene.a,
      "CREATE TABLE \"x; DROP TABLE crashes\" (id INTEGER PRIMARY KEY, msg, date);"
      "INSERT INTO \"x; DROP TABLE crashes\" VALUES (1, 'm', 'd');"
      "CREATE TABLE taken (id INTEGER PRIMARY KEY, msg, date); INSERT INTO taken VALUES (1, 'm', "
      "'d'); CREATE TABLE refused (id INTEGER PRIMARY KEY, msg, date); INSERT INTO refused VALUES "
      "(1, 'm', 'd')");
  {
    auto database = make_database(scene.all);
    make_event_table(database, "refused");
    database.exec(
        "CREATE TABLE taken (x); CREATE TRIGGER t BEFORE INSERT ON refused BEGIN SELECT "
        "RAISE(IGNORE); END");
  }
  const auto child = scene.merge({"a.db"});
  CHECK(child.exit_code() == 1);
  CHECK(
      child.out ==
      "a.db: 1 crash, 4 events, 1 hardware snapshot, 1 process, 1 message\n"
      "  left out: table refused: \"refused\" has a trigger that leaves rows out; remove it\n"
      "  left out: table taken: \"taken\" is already there as a table of another shape than (id, "
      "msg, date); use another table name\n"
      "  left out: table x; DROP TABLE crashes: \"x; DROP TABLE crashes\" cannot be a table name: "
      "';' at byte 2; use letters, digits and '_'\n"
      "  2 messages not sent yet: they stay there, for dblog flush\n");
}

TEST_CASE("dblog merge: --json") {
  const MergeScene scene;
  const auto child = scene.merge({"a.db", "none.db", "--json"});
  CHECK(child.exit_code() == 1);
  CHECK(
      json::parse(child.out) ==
      json::parse(R"({"sources": [{"source": "a.db", "crashes": 1, "events": 4, "tables": {"e": 4},
            "snapshots": 1, "processes": 1, "messages": 1, "group_decisions": 0,
            "waiting_messages": 2, "damaged_crashes": 0, "left_out": [], "error": null},
            {"source": "none.db", "error": "none.db: no such file"}]})"));
}

TEST_CASE("dblog merge: a source that is damaged leaves nothing of it") {
  const MergeScene scene;
  const std::streamoff size = std::stoi(value(scene.a, "PRAGMA page_size"));
  const std::streamoff page =
      std::stoi(value(scene.a, "SELECT rootpage FROM sqlite_master WHERE name = 'outbox'"));
  {
    std::fstream file{scene.a};
    file.seekp((page - 1) * size);
    file << std::string(static_cast<std::size_t>(size), 'x');
    REQUIRE(file.good());
  }
  const auto child = scene.merge({"a.db"});
  CHECK(child.exit_code() == 3);
  CHECK_THAT(child.err, Catch::Contains("a.db: is damaged"));
  CHECK_THAT(child.out, Catch::Equals(""));
  // The messages come last.
  REQUIRE(std::filesystem::exists(scene.all));
  CHECK(value(scene.all, "SELECT count(*) FROM crashes") == "0");
  CHECK(value(scene.all, "SELECT count(*) FROM dblog_processes") == "0");
  CHECK(value(scene.all, "SELECT count(*) FROM sqlite_master WHERE name = 'e'") == "0");
}
