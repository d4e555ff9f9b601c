// Limits read, tables told apart, stacks that no crash names.
#include "src/retention/prunable.hpp"

#include <catch2/catch.hpp>

#include "src/config/settings.hpp"
#include "src/retention/stack_sweep.hpp"
#include "tests/unit/retention/prune_scene.hpp"

namespace {

using dblog::config::parse_table_limits;
using dblog::retention::is_event_layout;
using dblog::test::PruneScene;

}  // namespace

TEST_CASE("table limits: a number for all, and numbers for single tables") {
  const auto limits = parse_table_limits(" 90, Trace = 7,error_table=0 ");
  REQUIRE(limits);
  CHECK(limits->general == 90);
  CHECK(limits->own("trace") == 7);
  CHECK(limits->own("ERROR_TABLE") == 0);
  CHECK_FALSE(limits->own("other"));
  CHECK(parse_table_limits("trace=7")->general == std::nullopt);
}

TEST_CASE("table limits: what is no list of them is refused") {
  for (const char* text : {"x", "-1", "1.5", "9 0", "=3", "t=", "t=x", "1,2", "t=1,T=2",
                           "10000000000", "t=1=", "0x10"}) {
    INFO(text);
    CHECK_FALSE(parse_table_limits(text));
  }
}

TEST_CASE("settings: limits are read, and a wrong one is named and does not count") {
  const auto loaded =
      dblog::config::load_settings("/dev/null", [](const std::string& name) -> const char* {
        if (name == "DBLOG_MAX_DAYS") return "90, trace=7";
        if (name == "DBLOG_MAX_ROWS") return "many";
        if (name == "DBLOG_MAX_MB") return "50";
        return nullptr;
      });
  const auto& limits = loaded.settings.retention;
  CHECK(limits.days_of("trace") == 7);
  CHECK(limits.days_of("crashes") == 90);
  CHECK(limits.days_of_sent() == 30);
  CHECK(limits.rows_of("trace") == 0);
  CHECK(limits.bytes_of_file() == 50'000'000);
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].why.starts_with("DBLOG_MAX_ROWS must be a whole number"));
}

TEST_CASE("settings: more days than a century are as many") {
  dblog::config::Retention limits;
  limits.days = *dblog::config::parse_table_limits("200000000, outbox=1000000000");
  CHECK(limits.days_of("t") == 36'500);
  CHECK(limits.days_of_sent() == 36'500);
}

TEST_CASE("settings: without any a file may have 256 MB") {
  const dblog::config::Retention limits;
  CHECK(limits.bytes_of_file() == 256'000'000);
  CHECK(limits.days_of("t") == 0);
  CHECK(limits.rows_of("t") == 0);
}

TEST_CASE("event layout: dblog's tables and the older project's have it, others do not") {
  const std::string columns = "(id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME)";
  CHECK(is_event_layout("CREATE TABLE \"t\" " + columns));
  CHECK(
      is_event_layout("CREATE TABLE t(\n\tid integer primary key autoincrement,\n\t'msg' "
                      "varchar,\n\t[date] datetime\n)"));
  CHECK_FALSE(
      is_event_layout("CREATE TABLE t (id INTEGER PRIMARY KEY, msg VARCHAR, date DATETIME)"));
  CHECK_FALSE(is_event_layout("CREATE TABLE t " + columns + " STRICT"));
  CHECK_FALSE(
      is_event_layout("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, "
                      "date DATETIME, more TEXT)"));
  CHECK_FALSE(is_event_layout(""));
}

TEST_CASE("stack sweep: takes stacks that no event names, with frames and group") {
  PruneScene scene;
  scene.add_events("t", 30'000, 1);  // They name 7 and 8.
  for (const char* id : {"-5", "7", "8", "9223372036854775807"}) {
    scene.database.exec(std::string("INSERT INTO stacks VALUES (") + id + ", '1:" + id +
                        "'); INSERT INTO stack_frames (stack_id, depth) VALUES (" + id +
                        ", 0); INSERT INTO fingerprint_parts VALUES ('1:" + id + "', NULL, 'x')");
  }
  dblog::retention::StackSweep sweep;
  while (sweep.step(scene.database)) {
  }
  CHECK(sweep.removed() == 2);
  CHECK(scene.number("SELECT group_concat(id, ' ') = '7 8' FROM stacks") == 1);
  CHECK(scene.number("SELECT count(*) FROM stack_frames") == 2);
  CHECK(scene.orphans() == 0);
}

TEST_CASE("stack sweep: a stack that an event names only now stays") {
  PruneScene scene;
  scene.add_events("t", 10, 1);
  scene.database.exec("INSERT INTO stacks VALUES (9, NULL)");
  dblog::retention::StackSweep sweep;
  dblog::test::make_event_table(scene.database, "u");
  // Orphans were looked for in the one table, and in no more, and in the four parts; all is marked.
  for (int i = 0; i < 6; ++i) REQUIRE(sweep.step(scene.database));
  scene.database.exec(
      "INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, "
      "thrown_at) VALUES ('u', 1, 1, 1, NULL, NULL, 9)");
  while (sweep.step(scene.database)) {
  }
  CHECK(scene.number("SELECT count(*) FROM stacks") == 1);
}

TEST_CASE("stack sweep: rows whose event is gone go, and their stacks with them") {
  PruneScene scene;
  scene.add_events("a", 3, 1);
  scene.add_events("t", 5'000, 1);
  scene.add_events("dropped", 10, 1);
  scene.database.exec(
      "DELETE FROM t WHERE id < 4990; DROP TABLE dropped;"
      "CREATE TABLE theirs (id INTEGER PRIMARY KEY); INSERT INTO stacks VALUES (9, NULL);"
      "INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, "
      "thrown_at) VALUES ('theirs', 1, 1, 1, NULL, NULL, NULL), "
      "('T', 1, 1, 1, NULL, NULL, 9), ('T', 4999, 1, 1, NULL, NULL, NULL)");
  dblog::retention::StackSweep sweep;
  while (sweep.step(scene.database)) {
  }
  CHECK(scene.number("SELECT count(*) FROM event_stacks WHERE source_table = 'a'") == 3);
  CHECK(scene.number("SELECT count(*) FROM event_stacks WHERE source_table = 't'") == 11);
  CHECK(scene.number("SELECT count(*) FROM event_stacks WHERE source_table = 'T'") == 1);
  CHECK(scene.number("SELECT count(*) FROM event_stacks WHERE source_table = 'theirs'") == 1);
  CHECK(scene.number("SELECT count(*) FROM event_stacks WHERE source_table = 'dropped'") == 0);
  CHECK(sweep.removed() == 1);
}
