// What a clock that was years ahead has written down, met by one that is right.
#include <catch2/catch.hpp>
#include <string>

#include "src/outbox/database_watch.hpp"
#include "src/outbox/due_time.hpp"
#include "src/sqlite/stored_time.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using dblog::notify::Answer;
using dblog::notify::Message;
using dblog::notify::Verdict;
using dblog::outbox::microseconds_of;
using dblog::test::FakeSender;
using dblog::test::OutboxScene;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr hours kYears{10 * 365 * 24};

std::shared_ptr<FakeSender> good_sender() { return std::make_shared<FakeSender>(); }

std::shared_ptr<FakeSender> sender_that_asks_for(seconds pause) {
  return std::make_shared<FakeSender>([pause](const Message&) {
    return Answer{Verdict::try_again, "rate limited", pause};
  });
}

}  // namespace

TEST_CASE("stored time: what lies further ahead than the longest wait is past") {
  using dblog::sqlite::is_older_than;
  using dblog::sqlite::lies_ahead;
  const dblog::Timestamp now = dblog::now();
  CHECK(lies_ahead(now + hours{1}, now, hours{1}));
  CHECK_FALSE(lies_ahead(now + hours{1} + seconds{1}, now, hours{1}));
  CHECK_FALSE(lies_ahead(now, now, hours{1}));
  CHECK(is_older_than(now - hours{2}, now, hours{1}));
  CHECK(is_older_than(now + hours{2}, now, hours{1}));
  CHECK_FALSE(is_older_than(now + seconds{5}, now, hours{1}));
}

TEST_CASE("wrong clock: a kind that was told then is told again, and then quiet as usual") {
  OutboxScene scene;
  scene.options.clock = [] { return dblog::now() + kYears; };
  scene.add("slack", "disk full");
  scene.deliver(good_sender());
  scene.options.clock = &dblog::now;
  scene.add("slack", "disk full");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->subjects() == std::vector<std::string>{"error_table: disk full"});
  scene.add("slack", "disk full");
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("wrong clock: what was put off then is due, and more of its kind goes with it") {
  OutboxScene scene;
  scene.options.clock = [] { return dblog::now() + kYears; };
  scene.add("slack", "disk full");
  scene.deliver(std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::try_again, "refused", std::nullopt};
  }));
  scene.options.clock = &dblog::now;
  const auto slack = good_sender();
  const auto report = scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
  CHECK(report.waiting.alerts == 0);
}

TEST_CASE("wrong clock: a time that no flush sets is due in every notation") {
  const std::string next = GENERATE("'2099-01-01 00:00:00.000000'", "'2099-01-01T00:00:00'",
                                    "4070908800", "4070908800000", "4070908800000000");
  INFO(next);
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec("UPDATE outbox SET next_attempt = " + next);
  const auto watch = dblog::outbox::DatabaseWatch::open(scene.path);
  REQUIRE(watch.ok());
  CHECK_FALSE((*watch)->next_due("slack", dblog::now())->has_value());
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("wrong clock: the longest waits that a flush sets are waited for") {
  const auto wait = GENERATE(hours{1}, hours{37}, hours{48});
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec("UPDATE outbox SET next_attempt = '" +
                      dblog::local_date_text(dblog::now() + wait) + "'");
  const auto slack = good_sender();
  CHECK(scene.deliver(slack).waiting.digest.alerts == 1);
  CHECK(slack->messages().empty());
}

TEST_CASE("wrong clock: a pause of then is over, and does not make a new one longer or shorter") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec("INSERT INTO outbox_pauses VALUES ('slack', " +
                      std::to_string(microseconds_of(dblog::now() + kYears)) + ")");
  const auto first = sender_that_asks_for(seconds{600});
  scene.deliver(first);
  CHECK(first->messages().size() == 1);
  scene.add("slack", "another");
  const auto slack = good_sender();
  const auto report = scene.deliver(slack);
  CHECK(slack->messages().empty());
  REQUIRE(report.paused_until.has_value());
  CHECK(*report.paused_until < dblog::now() + seconds{700});
}

TEST_CASE("wrong clock: a crash of then that has no name yet is told") {
  OutboxScene scene;
  const std::string date = dblog::local_date_text(dblog::now() + kYears);
  scene.database.exec("INSERT INTO crashes (uuid, date, kind) VALUES ('x', '" + date +
                      "', 'signal')");
  scene.add("slack", "disk full");
  scene.database.exec("UPDATE outbox SET source_table = 'crashes', source_id = 1");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}
