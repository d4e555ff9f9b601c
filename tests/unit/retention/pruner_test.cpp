// Which rows go, and which stay whatever the limits say.
#include "src/retention/pruner.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/retention/prune_scene.hpp"

using dblog::test::limits;
using dblog::test::PruneScene;

TEST_CASE("pruner: takes events that are too old, and their stacks' rows") {
  PruneScene scene;
  scene.add_events("t", 700, 20);
  scene.add_events("t", 50, 5);
  const auto report = scene.prune(limits("10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 50);
  CHECK(scene.number("SELECT min(id) FROM t") == 701);
  CHECK(scene.number("SELECT count(*) FROM event_stacks") == 50);
  REQUIRE(report.tables.size() == 1);
  CHECK(report.tables[0].name == "t");
  CHECK(report.tables[0].by_age == 700);
}

TEST_CASE("pruner: takes a crash with all that belongs to it") {
  PruneScene scene;
  scene.add_crash(20, "1:old");
  scene.add_crash(20, "1:both");
  scene.add_crash(1, "1:both");
  scene.prune(limits("10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM crashes") == 1);
  CHECK(scene.number("SELECT count(*) FROM frames") == 2);
  CHECK(scene.number("SELECT count(*) FROM hw_logs") == 1);
  CHECK(scene.number("SELECT count(*) FROM fingerprint_parts") == 1);
  CHECK(scene.orphans() == 0);
}

TEST_CASE("pruner: keeps the newest rows of a table, as many as it may have") {
  PruneScene scene;
  scene.add_events("t", 900, 1);
  scene.add_events("u", 900, 1);
  scene.prune(limits("", "100, u=300", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 100);
  CHECK(scene.number("SELECT min(id) FROM t") == 801);
  CHECK(scene.number("SELECT count(*) FROM u") == 300);
}

TEST_CASE("pruner: a limit of one table holds for no other") {
  PruneScene scene;
  scene.add_events("Trace", 10, 20);
  scene.add_events("error_table", 10, 20);
  scene.prune(limits("trace=10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM Trace") == 0);
  CHECK(scene.number("SELECT count(*) FROM error_table") == 10);
}

TEST_CASE("pruner: what a message that waits is about stays, and so does the message") {
  PruneScene scene;
  scene.add_events("t", 100, 20);
  const std::int64_t crash = scene.add_crash(20);
  scene.add_crash(20);
  // A logger may write the table's name in other letters.
  scene.add_message("T", 40, "pending", 20);
  scene.add_message("t", 41, "sending", 20);
  scene.add_message("crashes", crash, "pending", 20);
  scene.prune(limits("1, outbox=1", "1", "1"));
  CHECK(scene.number("SELECT group_concat(id, ' ') = '40 41' FROM t") == 1);
  CHECK(scene.number("SELECT count(*) FROM outbox") == 3);
  CHECK(scene.number("SELECT min(id) FROM crashes") == crash);
  CHECK(scene.number("SELECT count(*) FROM frames WHERE crash_id = " + std::to_string(crash)) == 2);
  CHECK(scene.number("SELECT count(*) FROM hw_logs") == 1);
  CHECK(scene.orphans() == 0);

  scene.database.exec("UPDATE outbox SET state = 'sent'");
  scene.prune(limits("1, outbox=1", "", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 0);
  CHECK(scene.number("SELECT count(*) FROM outbox") == 0);
  CHECK(scene.number("SELECT count(*) FROM crashes") == 0);
}

TEST_CASE("pruner: a message that is written during a pass keeps its row") {
  PruneScene scene;
  scene.add_events("t", 3'000, 20);
  dblog::retention::Pruner pruner(limits("10", "", ""), {});
  REQUIRE(pruner.step(scene.database));
  REQUIRE(pruner.step(scene.database));
  REQUIRE(scene.number("SELECT count(*) FROM t WHERE id = 2900") == 1);
  scene.add_message("T", 2'900, "pending", 0);
  scene.database.exec(
      "INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, "
      "thrown_at) VALUES ('T', 2950, 1, 1, NULL, 7, 8)");
  while (pruner.step(scene.database)) {
  }
  CHECK(scene.number("SELECT group_concat(id) = '2900' FROM t") == 1);
  CHECK(scene.number("SELECT count(*) FROM event_stacks") == 1);
}

TEST_CASE("pruner: sent messages go after 30 days, dead ones only if a setting says so") {
  PruneScene scene;
  scene.add_message("t", 1, "sent", 31);
  scene.add_message("t", 1, "sent", 29);
  scene.add_message("t", 1, "dead", 31);
  scene.prune({});
  CHECK(scene.number("SELECT count(*) FROM outbox WHERE state = 'sent'") == 1);
  CHECK(scene.number("SELECT count(*) FROM outbox WHERE state = 'dead'") == 1);
  scene.prune(limits("30", "", ""));
  CHECK(scene.number("SELECT count(*) FROM outbox WHERE state = 'dead'") == 0);
}

TEST_CASE("pruner: a message that carries others goes after them") {
  PruneScene scene;
  for (int i = 0; i < 5; ++i) scene.add_message("t", i, "sent", 40);
  scene.database.exec(
      "INSERT INTO outbox_folds VALUES (2, 1), (3, 1), (5, 4); "
      "UPDATE outbox SET sent = created, state = 'pending' WHERE id = 3; "
      "INSERT INTO outbox_digests VALUES (4, 's', 'b', 2, 0); "
      "INSERT INTO outbox_parts VALUES (4, 0, 'words', '', 0, 1)");
  scene.prune({});
  // 1 carries 3, which waits; 4 is not settled, so that 5 is still needed.
  CHECK(scene.number(
            "SELECT group_concat(id, ' ') = '1 3 4 5' FROM (SELECT id FROM outbox ORDER BY id)") ==
        1);
  scene.database.exec("UPDATE outbox_digests SET is_settled = 1; UPDATE outbox SET state = 'sent'");
  scene.prune({});
  scene.prune({});
  CHECK(scene.number("SELECT count(*) FROM outbox") == 0);
  CHECK(scene.number("SELECT count(*) FROM outbox_digests") == 0);
  CHECK(scene.number("SELECT count(*) FROM outbox_parts") == 0);
  CHECK(scene.orphans() == 0);
}

TEST_CASE("pruner: for room chatter goes first, the loud before the quiet, crashes last") {
  PruneScene scene;
  for (int i = 0; i < 20; ++i) scene.add_crash(50);
  scene.add_events("quiet", 100, 40, 200);
  scene.add_events("loud", 20'000, 1, 200);
  const auto report = scene.prune(limits("", "", "2"));
  CHECK(report.bytes_before > 4'000'000);
  CHECK(report.bytes_after < 2'000'000);
  CHECK(report.bytes_after > 1'000'000);
  CHECK(scene.number("SELECT count(*) FROM quiet") == 100);
  CHECK(scene.number("SELECT count(*) FROM crashes") == 20);
  CHECK(scene.number("SELECT max(id) FROM loud") == 20'000);
  CHECK_FALSE(report.is_over_limit);
}

TEST_CASE("pruner: a quiet table stays also while the loud one is written to") {
  PruneScene scene;
  scene.add_events("quiet", 10, 40, 200);
  scene.add_events("loud", 10'000, 1, 200);
  dblog::retention::Pruner pruner(limits("", "", "2"), {});
  for (int i = 0; i < 60 && pruner.step(scene.database); ++i) scene.add_events("loud", 500, 1, 200);
  while (pruner.step(scene.database)) {
  }
  CHECK(scene.number("SELECT count(*) FROM quiet") == 10);
  // What came after the last look at the size is for the next pass.
  CHECK(pruner.report().bytes_after < 5'000'000);
}

TEST_CASE("pruner: for room crashes go too when nothing else is left, but the newest") {
  for (const bool is_newest_large : {false, true}) {
    PruneScene scene;
    for (int i = 0; i < 30; ++i) scene.add_crash(1);
    scene.database.exec("UPDATE crashes SET stack_trace = hex(zeroblob(50000))");
    if (is_newest_large) {
      scene.database.exec("UPDATE crashes SET stack_trace = hex(zeroblob(600000)) WHERE id = 30");
    }
    const auto report = scene.prune(limits("", "", "1"));
    CHECK(scene.number("SELECT count(*) FROM crashes") < (is_newest_large ? 2 : 12));
    CHECK(scene.number("SELECT max(id) FROM crashes") == 30);
    CHECK(report.is_over_limit == is_newest_large);
    CHECK(scene.orphans() == 0);
  }
}

TEST_CASE("pruner: crashes stay where their going would not suffice") {
  PruneScene scene;
  for (int i = 0; i < 10; ++i) scene.add_crash(1);
  scene.database.exec("UPDATE crashes SET stack_trace = hex(zeroblob(3000000)) WHERE id = 10");
  CHECK(scene.prune(limits("", "", "1")).is_over_limit);
  CHECK(scene.number("SELECT count(*) FROM crashes") == 10);
}

TEST_CASE("pruner: what waits to be sent pushes nothing else out") {
  PruneScene scene;
  scene.add_events("t", 1'500, 1, 200);
  scene.add_events("told", 1'000, 1, 1'500);
  for (int i = 0; i < 5; ++i) scene.add_crash(1);
  for (int i = 1; i <= 1'000; ++i) scene.add_message("told", i, "pending", 1);
  scene.database.exec("UPDATE outbox SET body = hex(zeroblob(1000))");
  const auto report = scene.prune(limits("", "", "2"));
  CHECK(report.tables.empty());
  CHECK(report.is_over_limit);
  CHECK(report.held_bytes > 5'000'000);
  CHECK(report.held_bytes < 8'000'000);
  // What can go is kept within the limit.
  scene.add_events("t", 20'000, 1, 200);
  scene.prune(limits("", "", "2"));
  CHECK(scene.number("SELECT count(*) FROM t") > 2'000);
  CHECK(scene.number("SELECT count(*) FROM t") < 12'000);
  CHECK(scene.number("SELECT count(*) FROM crashes") == 5);
}

TEST_CASE("pruner: a table has a limit of bytes of its own") {
  PruneScene scene;
  scene.add_events("trace", 20'000, 1, 200);
  scene.add_events("audit", 20'000, 1, 200);
  scene.prune(limits("", "", "0, trace=1"));
  const auto left = scene.number("SELECT count(*) FROM trace");
  CHECK(left > 2'000);
  CHECK(left < 6'000);
  CHECK(scene.number("SELECT count(*) FROM audit") == 20'000);
}

TEST_CASE("pruner: others' tables stay as they are, and their bytes do not count") {
  PruneScene scene;
  scene.database.exec(
      "CREATE TABLE theirs (id INTEGER PRIMARY KEY, msg VARCHAR, date DATETIME);"
      "CREATE TABLE watched (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME);"
      "CREATE TRIGGER t AFTER DELETE ON watched BEGIN SELECT 1; END;"
      "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME);"
      "CREATE TABLE child (p INTEGER REFERENCES Parent(id));"
      "INSERT INTO theirs (msg, date) VALUES (zeroblob(3000000), '2001-01-01');"
      "INSERT INTO watched (msg, date) VALUES ('x', '2001-01-01');"
      "INSERT INTO parent (msg, date) VALUES ('x', '2001-01-01')");
  scene.add_events("ours", 100, 1);
  const auto report = scene.prune(limits("30", "1, ours=0", "1"));
  CHECK(scene.number("SELECT (SELECT count(*) FROM theirs) + (SELECT count(*) FROM watched) + "
                     "(SELECT count(*) FROM parent)") == 3);
  CHECK(scene.number("SELECT count(*) FROM ours") == 100);
  CHECK(report.size_unknown.empty());

  const auto unmeasured = scene.prune(limits("", "", "1"), {.measures_foreign_tables = false});
  CHECK_FALSE(unmeasured.size_unknown.empty());
  CHECK(scene.number("SELECT count(*) FROM ours") == 100);
}

TEST_CASE("pruner: text that is not a date has no age") {
  PruneScene scene;
  scene.add_events("t", 1, 20);
  scene.database.exec("INSERT INTO t (msg, date) VALUES ('none', NULL), ('number', 5)");
  scene.prune(limits("10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 2);
}

TEST_CASE("pruner: a row with an id far below all others turns no limit off") {
  for (const char* lowest : {"-9223372036854775808", "-9223372036854775807", "-7"}) {
    INFO(lowest);
    PruneScene scene;
    scene.add_events("quiet", 2'500, 1, 200);
    scene.add_events("loud", 12'000, 1, 200);
    for (const char* table : {"quiet", "loud"}) {
      scene.database.exec(std::string("INSERT INTO ") + table + " VALUES (" + lowest +
                          ", 'x', '2999-01-01')");
    }
    const auto report = scene.prune(limits("", "", "2"));
    CHECK_FALSE(report.is_over_limit);
    CHECK(scene.number("SELECT count(*) FROM quiet WHERE id > 0") == 2'500);
    scene.prune(limits("", "100", ""));
    CHECK(scene.number("SELECT count(*) FROM loud WHERE id > 0") == 100);
  }
}

TEST_CASE("pruner: a table that is dropped or changed during a pass ends it for no other") {
  PruneScene scene;
  for (const char* table : {"a", "b", "c", "d", "e"}) scene.add_events(table, 500, 20);
  dblog::retention::Pruner pruner(limits("10", "", ""), {});
  REQUIRE(pruner.step(scene.database));
  REQUIRE(pruner.step(scene.database));
  REQUIRE(scene.number("SELECT count(*) FROM a") < 500);
  scene.database.exec(
      "DROP TABLE a; DROP TABLE b; ALTER TABLE c ADD COLUMN more TEXT;"
      "CREATE TRIGGER t AFTER DELETE ON d BEGIN SELECT 1; END");
  while (pruner.step(scene.database)) {
  }
  CHECK(scene.number("SELECT count(*) FROM c") == 500);
  CHECK(scene.number("SELECT count(*) FROM d") == 500);
  CHECK(scene.number("SELECT count(*) FROM e") == 0);
  CHECK(pruner.report().left.size() == 2);
}

TEST_CASE("pruner: a trigger that raises is named, and other tables are pruned") {
  PruneScene scene;
  scene.add_events("t", 100, 20);
  scene.add_crash(20);
  scene.add_message("t", 1, "sent", 40);
  scene.database.exec(
      "CREATE TRIGGER keep BEFORE DELETE ON frames BEGIN SELECT RAISE(ABORT, 'no!'); END;"
      "CREATE TRIGGER lost AFTER DELETE ON outbox BEGIN DELETE FROM zz; END");
  const auto report = scene.prune(limits("10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 0);
  CHECK(scene.number("SELECT count(*) FROM crashes") == 1);
  CHECK(scene.number("SELECT count(*) FROM outbox") == 1);
  REQUIRE(report.left.size() == 2);
  CHECK(report.left[0] ==
        "outbox stays as it is: no such table: main.zz; drop the trigger lost on outbox");
  CHECK(report.left[1] == "crashes stays as it is: no!; drop the trigger keep on frames");
}

TEST_CASE("pruner: rows with negative ids have an age as all others") {
  PruneScene scene;
  scene.add_events("t", 10, 20);
  scene.database.exec("UPDATE t SET id = -id");
  scene.add_events("t", 10, 1);
  scene.database.exec("INSERT INTO t VALUES (-100, 'x', '2999-01-01')");
  scene.prune(limits("30", "", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 21);
  scene.prune(limits("10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 10);
}

TEST_CASE("pruner: rows from a time when the clock was wrong go with the older ones after them") {
  PruneScene scene;
  scene.add_events("t", 5'000, -3'000);
  scene.add_events("t", 5'000, 20);
  scene.add_events("t", 5'000, 1);
  scene.prune(limits("10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM t") == 5'000);
}

TEST_CASE("pruner: with a clock that is years behind nothing is too old") {
  PruneScene scene;
  scene.add_events("t", 500, 20);
  scene.add_events("t", 500, 1);
  const auto years_ago = dblog::now() - std::chrono::hours{24} * 3'000;
  scene.prune(limits("10", "", ""), {.now = years_ago});
  CHECK(scene.number("SELECT count(*) FROM t") == 1'000);
}

TEST_CASE("pruner: a dry run says what would go, and changes nothing") {
  PruneScene scene;
  scene.add_events("t", 300, 20);
  scene.add_events("loud", 20'000, 1, 200);
  scene.add_crash(20);
  const auto planned = scene.prune(limits("10", "", "2"), {.is_dry = true});
  CHECK(scene.number("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM loud)") == 20'300);
  CHECK(scene.number("SELECT count(*) FROM crashes") == 1);
  const auto done = scene.prune(limits("10", "", "2"));
  REQUIRE(planned.tables.size() == done.tables.size());
  for (std::size_t i = 0; i < done.tables.size(); ++i) {
    CHECK(planned.tables[i].name == done.tables[i].name);
    CHECK(planned.tables[i].by_age == done.tables[i].by_age);
    CHECK(static_cast<double>(planned.tables[i].rows) ==
          Approx(static_cast<double>(done.tables[i].rows)).epsilon(0.4));
  }
}

TEST_CASE("pruner: where nothing is over a limit, nothing is written") {
  PruneScene scene;
  scene.add_events("t", 1'000, 5);
  scene.add_message("t", 3, "pending", 90);
  scene.add_crash(5);
  const int before = scene.database.getTotalChanges();
  SQLite::Database other((scene.directory / "LOGS.db").string(), SQLite::OPEN_READONLY);
  const auto version = other.execAndGet("PRAGMA data_version").getInt64();
  scene.prune(limits("10", "5000", "256"));
  CHECK(scene.database.getTotalChanges() == before);
  CHECK(other.execAndGet("PRAGMA data_version").getInt64() == version);
}

TEST_CASE("pruner: pages that become free leave the file") {
  PruneScene scene;
  scene.add_events("t", 20'000, 20, 200);
  const auto pages = scene.number("PRAGMA page_count");
  const auto report = scene.prune(limits("10", "", ""), {.spare_bytes = 100'000});
  CHECK(scene.number("PRAGMA page_count") < pages / 5);
  CHECK(scene.number("PRAGMA freelist_count") <= 25);
  CHECK(report.pages_given_back > 0);
  CHECK(scene.database.execAndGet("PRAGMA integrity_check").getString() == "ok");
}
