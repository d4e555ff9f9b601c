// One flush on a database, with senders that answer as told.
#include "src/outbox/delivery.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "src/outbox/due_time.hpp"
#include "src/outbox/lease_owner.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using dblog::notify::Answer;
using dblog::notify::Message;
using dblog::notify::Verdict;
using dblog::outbox::microseconds_of;
using dblog::test::FakeSender;
using dblog::test::OutboxScene;
using dblog::test::took_it;
using std::chrono::seconds;

namespace {

std::shared_ptr<FakeSender> sender(FakeSender::Reply reply) {
  return std::make_shared<FakeSender>(std::move(reply));
}
std::shared_ptr<FakeSender> good_sender() { return std::make_shared<FakeSender>(); }
std::shared_ptr<FakeSender> sender_that(Verdict verdict, const std::string& reason,
                                        std::optional<seconds> retry_after = {}) {
  return sender([=](const Message&) { return Answer{verdict, reason, retry_after}; });
}

}  // namespace

TEST_CASE(
    "delivery: the message of a crash that came meanwhile waits for its names, not for long") {
  OutboxScene scene;
  scene.add("slack", "SIGSEGV");
  scene.database.exec("UPDATE outbox SET source_table = 'crashes', source_id = 1");
  SQLite::Statement crash(scene.database,
                          "INSERT INTO crashes (uuid, date, kind) VALUES ('u', ?1, 'signal')");
  crash.bind(1, dblog::local_date_text(dblog::now()));
  crash.exec();
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().empty());
  scene.options.clock = [] { return dblog::now() + seconds{11}; };
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("delivery: a pending row goes out as it is and is marked sent") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto slack = good_sender();
  const auto report = scene.deliver(slack);
  REQUIRE(slack->messages().size() == 1);
  CHECK(slack->messages()[0].subject == "error_table: disk full");
  CHECK(slack->messages()[0].body.starts_with("disk full\n"));
  CHECK(slack->messages()[0].created == "2026-01-31 12:00:00.000000");
  CHECK(report.sent == 1);
  CHECK(scene.query("SELECT state, attempts, sent IS NOT NULL FROM outbox") == "sent 0 1");
  CHECK(scene.query("SELECT count(*) FROM outbox_leases") == "0");
}

TEST_CASE("delivery: each channel gets its own rows") {
  OutboxScene scene;
  scene.add("slack", "to slack");
  scene.add("email", "to mail");
  const auto slack = good_sender();
  const auto mail = good_sender();
  scene.deliver({{"slack", slack}, {"email", mail}});
  CHECK(slack->subjects() == std::vector<std::string>{"error_table: to slack"});
  CHECK(mail->subjects() == std::vector<std::string>{"error_table: to mail"});
}

TEST_CASE("delivery: a channel that hangs does not hold up the other") {
  OutboxScene scene;
  scene.add("slack", "a");
  scene.add("email", "b");
  std::atomic<bool> mail_went{false};
  const auto slack = sender([&](const Message&) {
    for (int i = 0; i < 2'000 && !mail_went; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return mail_went ? took_it() : Answer{};
  });
  const auto mail = sender([&](const Message&) {
    mail_went = true;
    return took_it();
  });
  const auto outcome = scene.deliver({{"slack", slack}, {"email", mail}});
  CHECK(outcome.channels[0].sent == 1);
  CHECK(outcome.channels[1].sent == 1);
}

TEST_CASE("delivery: a failure is counted, explained, and put off") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto before = dblog::now();
  const auto report = scene.deliver(sender_that(Verdict::try_again, "connection refused"));
  CHECK(report.failed == 1);
  CHECK(scene.query("SELECT state, attempts, last_error FROM outbox") ==
        "pending 1 connection refused");
  const auto next = dblog::outbox::parse_date(scene.query("SELECT next_attempt FROM outbox"));
  CHECK(next.value() > before + seconds{5});
  CHECK(next.value() < dblog::now() + seconds{16});
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().empty());
}

TEST_CASE("delivery: a date that is moved into the past makes a row due, in any notation") {
  const std::string past = GENERATE("'2026-01-01 00:00:00'", "'2026-01-01T00:00:00'", "0",
                                    "1500000000", "1500000000000", "1500000000.5", "'2026-01-01'");
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.deliver(sender_that(Verdict::try_again, "no"));
  scene.database.exec("UPDATE outbox SET next_attempt = " + past);
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("delivery: --now sends what waits for its time, each once") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.deliver(sender_that(Verdict::try_again, "no"));
  scene.options.ignore_next_attempt = true;
  const auto still_bad = sender_that(Verdict::try_again, "no");
  scene.deliver(still_bad);
  CHECK(still_bad->messages().size() == 1);
  CHECK(scene.query("SELECT state, attempts FROM outbox") == "pending 2");
}

TEST_CASE("delivery: a message that is sent again is the same, by its id too") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  const auto bad = sender_that(Verdict::try_again, "no");
  scene.deliver(bad);
  scene.add("slack", "disk full", 2);
  scene.make_due();
  const auto good = good_sender();
  scene.deliver(good);
  REQUIRE(bad->messages().size() == 1);
  REQUIRE(!good->messages().empty());
  CHECK(good->messages()[0].uuid == bad->messages()[0].uuid);
  CHECK(good->messages()[0].body == bad->messages()[0].body);
  CHECK(good->messages()[0].subject == "3 times: error_table: disk full");
}

TEST_CASE("delivery: what is refused is dead, with the reason") {
  OutboxScene scene;
  scene.add("slack", "disk full", 2);
  const auto report = scene.deliver(sender_that(Verdict::refused, "no_service"));
  CHECK(report.dead == 1);
  CHECK(scene.query("SELECT state, attempts, last_error FROM outbox") ==
        "dead 1 no_service|dead 1 no_service");
}

TEST_CASE("delivery: what is not configured waits, is due, and no failure is counted") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.add("slack", "disk gone");
  const auto slack = sender_that(Verdict::not_configured, "webhook is missing");
  const auto report = scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
  CHECK(report.unconfigured == 2);
  CHECK(report.last_error == "webhook is missing");
  CHECK(scene.query("SELECT state, attempts, next_attempt IS NULL FROM outbox") ==
        "pending 0 1|pending 0 1");
  const auto good = good_sender();
  scene.deliver(good);
  CHECK(good->messages().size() == 2);
}

TEST_CASE("delivery: Retry-After pauses the channel, rows that come later included") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto before = dblog::now();
  scene.deliver(sender_that(Verdict::try_again, "rate limited", seconds{120}));
  const auto next = dblog::outbox::parse_date(scene.query("SELECT next_attempt FROM outbox"));
  CHECK(next.value() >= before + seconds{115});
  scene.add("slack", "another");
  scene.make_due();
  scene.options.ignore_next_attempt = true;
  const auto slack = good_sender();
  const auto report = scene.deliver(slack);
  CHECK(slack->messages().empty());
  CHECK(report.paused_until.has_value());
  CHECK(report.left == 0);
}

TEST_CASE("delivery: a pause of one channel does not hold up the other") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.deliver(sender_that(Verdict::try_again, "rate limited", seconds{120}));
  scene.add("email", "disk full");
  const auto mail = good_sender();
  scene.deliver(mail, "email");
  CHECK(mail->messages().size() == 1);
}

TEST_CASE("delivery: messages of one channel keep its pace") {
  OutboxScene scene;
  for (const char* text : {"red", "green", "blue"}) scene.add("slack", text);
  dblog::Timestamp looked_at{};  // last: when the message was claimed
  scene.options.clock = [&] { return looked_at = dblog::now(); };
  std::vector<dblog::Timestamp> starts;
  const auto slack = sender([&](const Message&) {
    starts.push_back(looked_at);
    return took_it();
  });
  scene.deliver({{"slack", slack, std::chrono::milliseconds{150}}});
  REQUIRE(starts.size() == 3);
  CHECK(starts[1] - starts[0] >= std::chrono::milliseconds{150});
  CHECK(starts[2] - starts[1] >= std::chrono::milliseconds{150});
}

TEST_CASE("delivery: after three failures in a row a channel rests until the next flush") {
  OutboxScene scene;
  for (const char* text : {"red", "green", "blue", "black", "white"}) scene.add("slack", text);
  const auto slack = sender_that(Verdict::try_again, "HTTP 500");
  const auto report = scene.deliver(slack);
  CHECK(slack->messages().size() == 3);
  CHECK(report.failed == 3);
  CHECK(report.left == 2);
}

TEST_CASE("delivery: a row 'sending' without a lease is taken up at once") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec("UPDATE outbox SET state = 'sending'");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("delivery: a row under a living lease is left alone") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto in_a_minute = microseconds_of(dblog::now() + seconds{60});
  scene.database.exec(
      "UPDATE outbox SET state = 'sending';"
      "INSERT INTO outbox_leases VALUES (1, 'another machine', " +
      std::to_string(in_a_minute) + ")");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().empty());
  CHECK(scene.query("SELECT state FROM outbox") == "sending");
}

TEST_CASE("delivery: a lease that has ended, or ends absurdly late, does not count") {
  const auto expires = microseconds_of(dblog::now()) +
                       GENERATE(std::int64_t{-1'000'000}, std::int64_t{86'400'000'000});
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec(
      "UPDATE outbox SET state = 'sending';"
      "INSERT INTO outbox_leases VALUES (1, 'another machine', " +
      std::to_string(expires) + ")");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("delivery: the lease of a process that is gone does not count") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto in_a_minute = microseconds_of(dblog::now() + seconds{60});
  scene.database.exec(
      "UPDATE outbox SET state = 'sending';"
      "INSERT INTO outbox_leases VALUES (1, '" +
      dblog::outbox::this_lease_owner() + "9', " + std::to_string(in_a_minute) + ")");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("delivery: while a message is being sent it is 'sending' under a lease") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  std::string seen;
  const auto slack = sender([&](const Message&) {
    SQLite::Database other(scene.path.string());
    seen = other
               .execAndGet(
                   "SELECT state || ' ' || (expires > 0) FROM outbox JOIN outbox_leases "
                   "ON outbox_id = id")
               .getString();
    return took_it();
  });
  scene.deliver(slack);
  CHECK(seen == "sending 1");
}

// As if this flush had been stopped for longer than its lease.
TEST_CASE("delivery: a flush that lost its lease records only that the server took the message") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto verdict =
      GENERATE(Verdict::sent, Verdict::try_again, Verdict::refused, Verdict::not_configured);
  const auto slack = sender([&](const Message&) {
    SQLite::Database other(scene.path.string(), SQLite::OPEN_READWRITE);
    other.exec("UPDATE outbox_leases SET holder = 'another machine'");
    return Answer{verdict, "answer", std::nullopt};
  });
  scene.deliver(slack);
  const std::string left = scene.query(
      "SELECT state || attempts || (SELECT count(*) FROM outbox_leases) || (last_error IS NULL) "
      "FROM outbox");
  CHECK(left == (verdict == Verdict::sent ? "sent001" : "sending011"));
}

TEST_CASE("delivery: a wish to stop lets the claimed message end, and begins no other") {
  OutboxScene scene;
  for (const char* text : {"red", "green"}) scene.add("slack", text);
  std::atomic<bool> stop{false};
  scene.options.should_stop = [&] { return stop.load(); };
  const auto slack = sender([&](const Message&) {
    stop = true;
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    return took_it();
  });
  const auto outcome = scene.deliver({{"slack", slack}});
  CHECK(outcome.is_stopped);
  CHECK_FALSE(outcome.is_abandoned);
  CHECK(scene.query("SELECT state FROM outbox ORDER BY id") == "sent|pending");
}

TEST_CASE("delivery: a sender that does not come back loses its message, which is free again") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  struct Gate {
    std::atomic<bool> open{false}, passed{false};
  };
  const auto gate = std::make_shared<Gate>();
  scene.options.hard_limit = std::chrono::milliseconds{300};
  const auto slack = sender([gate](const Message&) {
    while (!gate->open) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    gate->passed = true;
    return took_it();
  });
  const auto told = std::make_shared<std::atomic<int>>(0);
  scene.options.on_progress = [told](const dblog::outbox::ChannelReport&) { ++*told; };
  const auto outcome = scene.deliver({{"slack", slack}});
  const int told_in_time = *told;
  CHECK(outcome.is_abandoned);
  CHECK(outcome.channels[0].left == 1);
  CHECK(scene.query("SELECT state, attempts FROM outbox") == "pending 0");
  CHECK(scene.query("SELECT count(*) FROM outbox_leases") == "0");
  gate->open = true;
  while (slack.use_count() > 1) std::this_thread::yield();  // until the thread has ended
  CHECK(gate->passed);
  CHECK(*told == told_in_time);
}

TEST_CASE("delivery: with a limit on tries a message dies of the last one") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.options.policy.max_tries = 2;
  const auto slack = sender_that(Verdict::try_again, "HTTP 500");
  scene.deliver(slack);
  CHECK(scene.query("SELECT state FROM outbox") == "pending");
  scene.make_due();
  CHECK(scene.deliver(slack).dead == 1);
  CHECK(scene.query("SELECT state, attempts, last_error FROM outbox") == "dead 2 HTTP 500");
}
