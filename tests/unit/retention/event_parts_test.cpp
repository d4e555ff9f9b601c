// Facts, fields and tags go with their events.
#include <catch2/catch.hpp>
#include <string>

#include "src/config/setting_rules.hpp"
#include "src/retention/process_sweep.hpp"
#include "src/retention/stack_sweep.hpp"
#include "tests/unit/retention/prune_scene.hpp"

using dblog::test::PruneScene;

TEST_CASE("pruner: takes events with their facts, fields and tags, in every spelling") {
  PruneScene scene;
  scene.add_events("t", 10, 20);
  scene.add_events("t", 10, 5);
  scene.database.exec(
      "DELETE FROM event_stacks; INSERT INTO event_facts SELECT 't', id, 'info', 0, 0 FROM t; "
      "INSERT INTO event_fields SELECT 'T', id, 1, 'n', 'integer', id FROM t; "
      "INSERT INTO event_tags SELECT 't', id, 'a' FROM t");
  scene.add_events("it's", 3, 20);
  scene.database.exec("INSERT INTO event_fields VALUES ('it''s', 2, 1, 'n', 'integer', 1)");
  dblog::config::Retention limits;
  limits.days = *dblog::config::parse_table_limits("10");
  scene.prune(limits);
  CHECK(scene.number("SELECT count(*) FROM \"it's\"") == 0);
  CHECK(scene.number("SELECT min(id) = 11 AND count(*) = 10 FROM t") == 1);
  for (const char* part : {"event_facts", "event_fields", "event_tags"}) {
    CHECK(scene.number(std::string("SELECT min(source_id) = 11 AND count(*) = 10 FROM ") + part) ==
          1);
  }
}

TEST_CASE("pruner: long fields count for the size of their table") {
  PruneScene scene;
  scene.add_events("t", 100, 1);
  scene.database.exec(
      "INSERT INTO event_fields SELECT 't', id, 1, 'n', 'text', hex(zeroblob(10000)) FROM t");
  dblog::config::Retention limits;
  limits.megabytes = *dblog::config::parse_table_limits("t=1");
  scene.prune(limits);
  const auto left = scene.number("SELECT count(*) FROM t");
  CHECK(left > 20);
  CHECK(left < 60);
}

TEST_CASE("stack sweep: facts, fields and tags whose event is gone go as well") {
  PruneScene scene;
  scene.add_events("t", 2, 1);
  for (const char* id : {"1", "2", "3"}) {
    scene.database.exec(std::string("INSERT INTO event_facts VALUES ('t', ") + id +
                        ", 'info', 0, 0); INSERT INTO event_fields VALUES ('t', " + id +
                        ", 1, 'n', 'integer', 1), ('t', " + id +
                        ", 2, 'm', 'integer', 1); INSERT INTO event_tags VALUES ('t', " + id +
                        ", 'a'), ('dropped', " + id + ", 'a')");
  }
  scene.database.exec("DELETE FROM t WHERE id = 1");
  dblog::retention::StackSweep sweep;
  while (sweep.step(scene.database)) {
  }
  CHECK(scene.number("SELECT group_concat(source_id) = '2' FROM event_facts") == 1);
  CHECK(scene.number("SELECT group_concat(source_id) = '2,2' FROM event_fields") == 1);
  CHECK(scene.number("SELECT group_concat(source_id) = '2' FROM event_tags") == 1);
}

TEST_CASE(
    "pruner: names and ids of other types, which only other programs write, end no pass late") {
  PruneScene scene;
  scene.add_events("t", 3, 20);
  for (const char* row :
       {"event_tags VALUES (zeroblob(100), 1, 'a')", "event_facts VALUES (x'ff', 1, 'info', 0, 0)",
        "event_facts VALUES ('t', 'no number', 'info', 0, 0)",
        "event_fields VALUES (7, 1, 1, 'n', 'integer', 1)",
        "event_stacks (source_table, source_id) VALUES (x'ff', 1)",
        "dblog_event_runs VALUES (x'ff', 1, NULL, 1, 0)",
        "outbox (uuid, channel, subject, body, created, source_table) VALUES ('u', 'slack', 's', "
        "'b', '2026-11-01 00:00:00.000000', x'ff')"}) {
    scene.database.exec(std::string("INSERT INTO ") + row);
  }
  dblog::config::Retention limits;
  limits.days = *dblog::config::parse_table_limits("10");
  scene.prune(limits);
  dblog::retention::StackSweep stacks;
  while (stacks.step(scene.database)) {
  }
  dblog::retention::ProcessSweep processes{dblog::now()};
  while (processes.step(scene.database)) {
  }
  CHECK(scene.number("SELECT count(*) FROM t") == 0);
}
