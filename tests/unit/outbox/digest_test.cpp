// Floods and conversations.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>
#include <set>

#include "src/outbox/digest_members.hpp"
#include "src/outbox/due_time.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_database.hpp"
#include "src/outbox/outbox_list.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using dblog::notify::Answer;
using dblog::notify::Message;
using dblog::notify::Verdict;
using dblog::test::FakeSender;
using dblog::test::OutboxScene;

namespace {

std::shared_ptr<FakeSender> good_sender() { return std::make_shared<FakeSender>(); }

// A word made of letters only, different for every number.
std::string word(int number) {
  std::string text = "w";
  for (; number > 0; number /= 26) text += static_cast<char>('a' + number % 26);
  return text;
}

// What a message stands for, by its own words.
std::int64_t stated_count(const Message& message) {
  std::string digits;
  for (const char c : message.subject) {
    if (c == ' ') break;
    if (c != ',') digits += c;
  }
  const bool states = message.subject.find(" more: ") != std::string::npos ||
                      message.subject.find(" times: ") != std::string::npos ||
                      message.subject.find(" alerts of ") != std::string::npos;
  return states ? std::atoll(digits.c_str()) : 1;
}

std::int64_t stated_count(const std::vector<Message>& messages) {
  std::int64_t sum = 0;
  for (const Message& message : messages) sum += stated_count(message);
  return sum;
}

}  // namespace

TEST_CASE("digests: alerts of one kind that wait together are one message with their number") {
  OutboxScene scene;
  scene.add("slack", "disk full", 1'000);
  const auto slack = good_sender();
  const auto report = scene.deliver(slack);
  CHECK(slack->subjects() == std::vector<std::string>{"1,000 times: error_table: disk full"});
  CHECK(report.alerts == 1'000);
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE state = 'sent' AND sent IS NOT NULL") ==
        "1000");
  CHECK(scene.query("SELECT count(*) FROM outbox_digests WHERE is_settled = 0") == "0");
}

TEST_CASE("digests: more of the same waits, visibly, for the end of the quiet time") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.deliver(good_sender());
  scene.add("slack", "disk full", 3);
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().empty());
  const auto next = dblog::outbox::parse_date(
      scene.query("SELECT DISTINCT next_attempt FROM outbox WHERE state = 'pending'"));
  REQUIRE(next.has_value());
  CHECK(*next > dblog::now() + std::chrono::minutes{9});
  CHECK(*next <= dblog::now() + std::chrono::minutes{10});
}

TEST_CASE("digests: moving next_attempt into the past sends the digest, whatever was quiet") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.deliver(good_sender());
  scene.add("slack", "disk full", 333);
  scene.deliver(good_sender());
  scene.make_due();
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->subjects() == std::vector<std::string>{"333 more: error_table: disk full"});
}

TEST_CASE("digests: one moved row is enough, and nothing is counted twice") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto slack = good_sender();
  scene.deliver(slack);
  scene.add("slack", "disk full", 10);
  scene.deliver(slack);
  scene.database.exec("UPDATE outbox SET next_attempt = 0 WHERE id = 5");
  scene.deliver(slack);
  scene.make_due();
  scene.deliver(slack);
  CHECK(stated_count(slack->messages()) == 11);
}

TEST_CASE("digests: a thousand in bursts are at most ten messages that add up") {
  OutboxScene scene;
  const auto slack = good_sender();
  for (int burst = 0; burst < 100; ++burst) {
    scene.add("slack", "order " + std::to_string(burst) + " failed", 10);
    scene.deliver(slack);
    if (burst % 25 == 24) scene.make_due();
  }
  scene.make_due();
  scene.deliver(slack);
  CHECK(slack->messages().size() <= 10);
  CHECK(stated_count(slack->messages()) == 1'000);
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE state != 'sent'") == "0");
}

TEST_CASE("digests: every distinct text arrives by its text, in few messages") {
  OutboxScene scene;
  for (int i = 0; i < 300; ++i) scene.add("slack", "problem with " + word(i) + " here");
  const auto slack = good_sender();
  scene.deliver(slack);
  std::string all;
  for (const Message& message : slack->messages()) all += message.body;
  for (int i = 0; i < 300; ++i) {
    CHECK(all.find("problem with " + word(i) + " here") != std::string::npos);
  }
  CHECK(slack->messages().size() <= 10);
  CHECK(stated_count(slack->messages()) == 300);
}

TEST_CASE("digests: a shared message stays within what Slack takes") {
  OutboxScene scene;
  for (int i = 0; i < 100; ++i) scene.add("slack", word(i) + std::string(900, '&'));
  const auto slack = good_sender();
  scene.deliver(slack);
  for (const Message& message : slack->messages()) {
    std::size_t escaped = 0;
    for (const char c : message.body) escaped += c == '&' ? 5 : 1;
    CHECK(escaped < 36'000);
  }
  CHECK(stated_count(slack->messages()) == 100);
}

TEST_CASE("digests: up to ten kinds have messages of their own, crashes first") {
  OutboxScene scene;
  for (int i = 0; i < 10; ++i) scene.add("slack", word(i));
  scene.database.exec("UPDATE outbox SET source_table = 'crashes' WHERE id = 7");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().size() == 10);
  CHECK(slack->subjects().front() == "error_table: " + word(6));
}

TEST_CASE("digests: while a message fails, more of its kind waits for it and follows it") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto bad = std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::try_again, "HTTP 500", std::nullopt};
  });
  scene.deliver(bad);
  scene.add("slack", "disk full", 5);
  scene.deliver(bad);
  CHECK(bad->messages().size() == 1);
  CHECK(scene.query("SELECT count(DISTINCT next_attempt) FROM outbox") == "1");
  scene.make_due();
  const auto good = good_sender();
  scene.deliver(good);
  CHECK(good->subjects() ==
        std::vector<std::string>{"error_table: disk full", "5 more: error_table: disk full"});
}

TEST_CASE("digests: rows that share a message share its failures") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  scene.deliver(std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::try_again, "HTTP 500", std::nullopt};
  }));
  CHECK(scene.query("SELECT DISTINCT state, attempts, last_error, next_attempt > '2026' FROM "
                    "outbox") == "pending 1 HTTP 500 1");
}

TEST_CASE("digests: a digest that was killed before it was complete falls apart, none is lost") {
  OutboxScene scene;
  scene.add("slack", "disk full", 5);
  scene.database.exec(
      "UPDATE outbox SET state = 'sending' WHERE id = 1;"
      "INSERT INTO outbox_folds VALUES (2, 1), (3, 1);"
      "INSERT INTO outbox_groups (channel, fingerprint, carrier_id) VALUES ('slack', 'x', 1)");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(stated_count(slack->messages()) == 5);
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE state = 'sent'") == "5");
}

TEST_CASE("digests: rows of a digest that was sent before a kill are marked, not sent again") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  scene.database.exec(
      "UPDATE outbox SET state = 'sent', sent = '2026-01-31 12:00:01' WHERE id = 1;"
      "INSERT INTO outbox_folds VALUES (2, 1), (3, 1);"
      "INSERT INTO outbox_digests VALUES (1, 's', 'b', 3, 0)");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().empty());
  CHECK(scene.query("SELECT state, sent FROM outbox") ==
        "sent 2026-01-31 12:00:01|sent 2026-01-31 12:00:01|sent 2026-01-31 12:00:01");
}

TEST_CASE("digests: the members of a digest whose lead was deleted go out on their own") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  scene.database.exec(
      "INSERT INTO outbox_folds VALUES (2, 1), (3, 1);"
      "INSERT INTO outbox_digests VALUES (1, 's', 'b', 3, 0); DELETE FROM outbox WHERE id = 1");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->subjects() == std::vector<std::string>{"2 times: error_table: disk full"});
}

TEST_CASE("digests: when a kind was silent for long enough, the next one is a first one") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.deliver(good_sender());
  scene.options.clock = [] { return dblog::now() + std::chrono::minutes{25}; };
  scene.add("slack", "disk full");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->subjects() == std::vector<std::string>{"error_table: disk full"});
}

TEST_CASE(
    "digests: after the quiet time the conversation goes on, and is quiet for twice as long") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.deliver(good_sender());
  scene.options.clock = [] { return dblog::now() + std::chrono::minutes{11}; };
  scene.add("slack", "disk full", 2);
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->subjects() == std::vector<std::string>{"2 more: error_table: disk full"});
  CHECK(slack->messages()[0].body.starts_with("2 more in 11 minutes"));
  CHECK(scene.query("SELECT (quiet_until - last_sent) / 60000000 FROM outbox_groups") == "20");
}

TEST_CASE("replay: a sent row goes out again as it was, though its kind is quiet") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto slack = good_sender();
  scene.deliver(slack);
  const auto outcome = dblog::outbox::replay(scene.path, {1, 99}, dblog::now());
  REQUIRE(outcome.ok());
  CHECK(outcome->done == std::vector<std::int64_t>{1});
  CHECK(outcome->unknown == std::vector<std::int64_t>{99});
  scene.deliver(slack);
  REQUIRE(slack->messages().size() == 2);
  CHECK(slack->messages()[0].subject == slack->messages()[1].subject);
  CHECK(slack->messages()[0].uuid == slack->messages()[1].uuid);
}

TEST_CASE("replay: all that is dead comes back") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  scene.deliver(std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::refused, "no_service", std::nullopt};
  }));
  const auto revived = dblog::outbox::replay_dead(scene.path, dblog::now());
  REQUIRE(revived.ok());
  CHECK(*revived == 3);
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(stated_count(slack->messages()) == 3);
}

TEST_CASE("replay: a lease that a wrong clock wrote makes no message busy") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec(
      "UPDATE outbox SET state = 'sending';"
      "INSERT INTO outbox_leases VALUES (1, 'another machine', " +
      std::to_string(dblog::outbox::microseconds_of(dblog::now() + std::chrono::hours{24})) + ")");
  const auto outcome = dblog::outbox::replay(scene.path, {1}, dblog::now());
  REQUIRE(outcome.ok());
  CHECK(outcome->done == std::vector<std::int64_t>{1});
  CHECK(scene.query("SELECT state FROM outbox") == "pending");
}

TEST_CASE("drop: rows go, one that another process sends stays") {
  OutboxScene scene;
  scene.add("slack", "disk full", 2);
  scene.database.exec(
      "UPDATE outbox SET state = 'sending' WHERE id = 2;"
      "INSERT INTO outbox_leases VALUES (2, 'another machine', " +
      std::to_string(dblog::outbox::microseconds_of(dblog::now() + std::chrono::seconds{60})) +
      ")");
  const auto outcome = dblog::outbox::drop(scene.path, {1, 2}, dblog::now());
  REQUIRE(outcome.ok());
  CHECK(outcome->busy == std::vector<std::int64_t>{2});
  CHECK(scene.query("SELECT id FROM outbox") == "2");
}

TEST_CASE("drop: what a dropped message stood for goes out without it") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  scene.deliver(std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::try_again, "HTTP 500", std::nullopt};
  }));
  REQUIRE(dblog::outbox::drop(scene.path, {1}, dblog::now()).ok());
  scene.make_due();
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(stated_count(slack->messages()) == 2);
}

TEST_CASE("outbox plan: says what a flush would send, and changes nothing") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  scene.add("email", "disk gone");
  const auto slack = dblog::outbox::plan(scene.path, {"slack", nullptr}, dblog::now(), false);
  const auto email = dblog::outbox::plan(scene.path, {"email", nullptr}, dblog::now(), false);
  REQUIRE((slack.ok() && email.ok()));
  REQUIRE((slack->messages.size() == 1 && email->messages.size() == 1));
  CHECK(slack->messages[0].alerts == 3);
  CHECK(email->messages[0].subject == "error_table: disk gone");
  CHECK(scene.query("SELECT DISTINCT state FROM outbox") == "pending");
  CHECK(scene.query("SELECT count(*) FROM outbox_groups") == "0");
}

TEST_CASE("outbox index: due rows and leases are found by index, whatever was sent before") {
  OutboxScene scene;
  for (const char* query :
       {"SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt IS NULL",
        "SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt >= ?2 AND "
        "next_attempt <= ?3",
        "SELECT o.id, l.holder, l.expires FROM outbox o LEFT JOIN outbox_leases l ON "
        "l.outbox_id = o.id WHERE o.channel = ?1 AND o.state = 'sending'"}) {
    SQLite::Statement plan(scene.database, std::string("EXPLAIN QUERY PLAN ") + query);
    REQUIRE(plan.executeStep());
    CHECK_THAT(plan.getColumn(3).getString(), Catch::Contains("SEARCH o") &&
                                                  Catch::Contains("outbox_open") &&
                                                  !Catch::Contains("SCAN"));
  }
}

TEST_CASE("outbox list: open messages are found by index, whatever their channel") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.add("a channel of a later version", "disk gone");
  dblog::outbox::OutboxQuery query;
  query.state = "pending";
  const auto rows = dblog::outbox::list_messages(scene.path, query);
  REQUIRE(rows.ok());
  CHECK(rows->size() == 2);
  SQLite::Statement plan(scene.database,
                         "EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE state = 'pending'");
  REQUIRE(plan.executeStep());
  CHECK_THAT(plan.getColumn(3).getString(), Catch::Contains("COVERING INDEX outbox_open"));
}
