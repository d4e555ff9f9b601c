// What was sent about a group goes along when its crashes move to another.
#include "src/outbox/moved_conversations.hpp"

#include <catch2/catch.hpp>

#include "src/outbox/alert_key.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using namespace dblog::test;

namespace {

struct Conversations : OutboxScene {
  Conversations() {
    database.exec(
        "INSERT INTO crashes (id, uuid, date, kind, executable) VALUES (1, 'c', '2026-01-31', "
        "'signal', '/srv/app');"
        "INSERT INTO outbox (uuid, channel, subject, body, created, state, source_table, "
        "source_id) VALUES ('m', 'slack', 's', 'b', '2026-01-31', 'sent', 'crashes', 1), "
        "('n', 'slack', 's', 'b', '2026-01-31', 'pending', 'crashes', 1)");
  }
  // `rest`: messages, last_sent, quiet_until, ends, carrier_id.
  void add_conversation(const std::string& group, const std::string& rest) {
    SQLite::Statement row(database, "INSERT INTO outbox_groups VALUES ('slack', ?1, " + rest + ")");
    row.bind(1, key(group));
    row.exec();
  }
  static std::string key(const std::string& group) {
    return dblog::outbox::alert_key(
        {.subject = "s", .body = "b", .program = "/srv/app", .crash_fingerprint = group});
  }
  void move() { dblog::outbox::move_conversations(database, {1}, "2:aa", "2:bb"); }
  std::string conversation(const std::string& group) {
    return query(
        "SELECT messages || ' ' || ifnull(last_sent, '-') || ' ' || ifnull(quiet_until, '-') || "
        "' ' || ifnull(ends, '-') || ' ' || ifnull(carrier_id, '-') FROM outbox_groups WHERE "
        "fingerprint = '" +
        key(group) + "'");
  }
};

}  // namespace

TEST_CASE("moved conversations: one goes on under the new group, and the old one has none") {
  Conversations scene;
  scene.add_conversation("2:aa", "2, 100, 200, 300, NULL");
  scene.move();
  CHECK(scene.conversation("2:bb") == "2 100 200 300 -");
  CHECK(scene.conversation("2:aa").empty());
}

TEST_CASE("moved conversations: of two, the one that is quiet longer counts") {
  for (const bool is_new_longer : {false, true}) {
    Conversations scene;
    scene.add_conversation(is_new_longer ? "2:bb" : "2:aa", "2, 100, 200, 300, NULL");
    scene.add_conversation(is_new_longer ? "2:aa" : "2:bb", "1, 10, 20, 30, NULL");
    scene.move();
    CHECK(scene.conversation("2:bb") == "2 100 200 300 -");
    CHECK(scene.conversation("2:aa").empty());
  }
}

TEST_CASE("moved conversations: a message that is open stays so, and one that was never sent") {
  Conversations scene;
  scene.add_conversation("2:aa", "0, NULL, NULL, 30, 2");
  scene.add_conversation("2:bb", "1, 10, 20, NULL, NULL");
  scene.move();
  CHECK(scene.conversation("2:bb") == "1 10 20 30 2");
  CHECK(scene.conversation("2:aa").empty());

  Conversations both;
  both.add_conversation("2:aa", "0, NULL, NULL, 30, 2");
  both.add_conversation("2:bb", "1, 10, 20, 30, 1");
  both.move();
  CHECK(both.conversation("2:bb") == "1 10 20 30 1");
  CHECK(both.conversation("2:aa") == "0 - - 30 2");
}
