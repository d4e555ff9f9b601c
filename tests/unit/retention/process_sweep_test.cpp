#include "src/retention/process_sweep.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/retention/prune_scene.hpp"

namespace {

using dblog::test::PruneScene;

std::int64_t days_ago(int days) {
  return (dblog::now() - std::chrono::hours{24} * days).time_since_epoch().count();
}

void add_process(PruneScene& scene, int id, int started_days_ago, int ended_days_ago) {
  scene.database.exec(
      "INSERT INTO dblog_processes (id, uuid, started_utc, ended_utc) VALUES (" +
      std::to_string(id) + ", 'u', " + std::to_string(days_ago(started_days_ago)) + ", " +
      (ended_days_ago < 0 ? "NULL" : std::to_string(days_ago(ended_days_ago))) + ")");
}

std::int64_t sweep(PruneScene& scene) {
  dblog::retention::ProcessSweep sweep{dblog::now()};
  while (sweep.step(scene.database)) {
  }
  return sweep.removed();
}

}  // namespace

TEST_CASE("process sweep: old processes go, unless an event or a crash refers to them") {
  PruneScene scene;
  scene.add_events("t", 3, 1);
  add_process(scene, 1, 40, 35);  // nothing refers to it
  add_process(scene, 2, 40, 10);  // ended lately
  add_process(scene, 3, 40, -1);  // began long ago, and never said more
  add_process(scene, 4, 40, 35);  // has a crash
  add_process(scene, 5, 40, 35);  // has an event with a stack
  add_process(scene, 6, 40, 35);  // has a run of events
  add_process(scene, 7, 40, 35);  // had one: its events are gone
  scene.database.exec(
      "INSERT INTO crashes (uuid, date, kind, process_id) VALUES ('c', '2026-01-31', 'signal', 4); "
      "UPDATE event_stacks SET process_id = 5 WHERE source_id = 1; "
      "INSERT INTO dblog_event_runs VALUES ('t', 2, 3, 6, 0), ('t', 100, 120, 7, 0)");
  CHECK(sweep(scene) == 3);
  CHECK(scene.number("SELECT group_concat(id) = '2,4,5,6' FROM (SELECT id FROM dblog_processes "
                     "ORDER BY id)") == 1);
}

TEST_CASE("process sweep: runs go with their events, and the last one that may go on stays") {
  PruneScene scene;
  scene.add_events("t", 10, 1);
  scene.database.exec(
      "DELETE FROM t WHERE id <= 6; INSERT INTO dblog_event_runs VALUES ('t', 1, 3, 1, 0), "
      "('t', 4, NULL, 1, 0), ('t', 7, NULL, 1, 0), ('t', 20, NULL, 1, 0), ('dropped', 1, NULL, 1, "
      "0)");
  sweep(scene);
  CHECK(scene.number("SELECT group_concat(source_table || first_id) = 't7,t20' FROM "
                     "dblog_event_runs") == 1);
}
