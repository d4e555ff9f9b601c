// Which rows go, and which stay whatever the limits say.
#include "src/retention/unused_groups.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/retention/prune_scene.hpp"

using dblog::test::limits;
using dblog::test::PruneScene;

TEST_CASE("pruner: a group goes with its last crash, unless a person has said something of it") {
  PruneScene scene;
  for (const char* group : {"1:gone", "1:both", "1:ignored", "1:noted"}) scene.add_crash(20, group);
  scene.add_crash(1, "1:both");
  scene.database.exec(
      "INSERT INTO crash_group_states (fingerprint, state, note) VALUES ('1:gone', 'open', NULL), "
      "('1:both', 'open', NULL), ('1:ignored', 'ignored', NULL), ('1:noted', 'open', 'see 7')");
  scene.prune(limits("10", "", ""));
  CHECK(scene.number("SELECT count(*) FROM crash_group_states") == 3);
  CHECK(scene.number("SELECT count(*) FROM crash_group_states WHERE fingerprint = '1:gone'") == 0);
}

TEST_CASE("pruner: suppressed messages go as those that were sent do") {
  PruneScene scene;
  for (const char* state : {"suppressed", "sent", "pending"}) {
    scene.database.exec(std::string("INSERT INTO outbox (uuid, channel, subject, body, state, "
                                    "created) VALUES (hex(randomblob(16)), 'slack', 's', 'b', '") +
                        state + "', '2026-01-01 00:00:00.000000')");
  }
  scene.prune(limits("", "outbox=1", ""));
  CHECK(scene.number("SELECT count(*) FROM outbox WHERE state <> 'pending'") == 0);
  CHECK(scene.number("SELECT count(*) FROM outbox WHERE state = 'pending'") == 1);
}
