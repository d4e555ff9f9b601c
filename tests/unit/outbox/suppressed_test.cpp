// Alerts of crashes whose group is ignored or muted.
#include <catch2/catch.hpp>

#include "src/outbox/outbox_list.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using namespace dblog::test;

namespace {

struct CrashScene : OutboxScene {
  std::shared_ptr<FakeSender> sender = std::make_shared<FakeSender>();

  // A crash with its alert.
  void crash(const std::string& group) {
    SQLite::Statement row(database,
                          "INSERT INTO crashes (uuid, date, kind, fingerprint) VALUES "
                          "(hex(randomblob(16)), '2026-01-31 12:00:00.000000', 'signal', ?1)");
    row.bind(1, group);
    row.exec();
    const std::string id = std::to_string(database.getLastInsertRowid());
    database.exec(
        "INSERT INTO outbox (uuid, channel, subject, body, created, source_table, "
        "source_id) VALUES (hex(randomblob(16)), 'slack', 'SIGSEGV of " +
        group + "', 'text', '2026-01-31 12:00:00.000000', 'crashes', " + id + ")");
  }
  void decide(const std::string& group, const std::string& state, const std::string& until = "") {
    SQLite::Statement row(database,
                          "INSERT OR REPLACE INTO crash_group_states (fingerprint, state, "
                          "muted_until) VALUES (?1, ?2, ?3)");
    row.bind(1, group);
    row.bind(2, state);
    row.bind(3, until);
    row.exec();
  }
  // A crash, or an event of a run of queued ones, of a program in this environment, with its alert.
  void alert_from(const std::string& environment, bool is_crash, const std::string& subject) {
    SQLite::Statement process(database,
                              "INSERT INTO dblog_processes (uuid, environment) VALUES "
                              "(hex(randomblob(16)), nullif(?1, ''))");
    process.bind(1, environment);
    process.exec();
    const std::string id = std::to_string(database.getLastInsertRowid());
    if (is_crash) {
      crash(subject);
      database.exec("UPDATE crashes SET process_id = " + id + " WHERE fingerprint = '" + subject +
                    "'");
      return;
    }
    add("slack", subject);
    const std::string row = std::to_string(database.getLastInsertRowid());
    database.exec("UPDATE outbox SET source_id = 100 + id WHERE id = " + row);
    database.exec("INSERT INTO dblog_event_runs VALUES ('error_table', 100 + " + row + ", NULL, " +
                  id + ", 0)");
  }
  dblog::outbox::ChannelReport deliver_of(const std::vector<std::string>& environments) {
    return OutboxScene::deliver({{"slack", sender, {}, environments}}).channels.at(0);
  }
  std::string states() { return query("SELECT state FROM outbox ORDER BY id"); }
};

}  // namespace

TEST_CASE("suppressed: an ignored group's alerts are neither sent nor said to be") {
  CrashScene scene;
  scene.crash("2:aa");
  scene.crash("2:bb");
  scene.crash("2:aa");
  scene.decide("2:aa", "ignored");
  const auto report = scene.deliver(scene.sender);
  CHECK(report.suppressed == 2);
  CHECK(report.sent == 1);
  CHECK(report.waiting.alerts == 0);
  CHECK(scene.states() == "suppressed|sent|suppressed");
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE sent IS NOT NULL") == "1");
  CHECK(scene.sender->subjects() == std::vector<std::string>{"SIGSEGV of 2:bb"});
}

TEST_CASE("suppressed: a muted group's alerts, until its time is over") {
  CrashScene scene;
  scene.crash("2:aa");
  scene.decide("2:aa", "muted", dblog::local_date_text(dblog::now() + std::chrono::hours{1}));
  CHECK(scene.deliver(scene.sender).suppressed == 1);
  scene.crash("2:aa");
  scene.decide("2:aa", "muted", dblog::local_date_text(dblog::now() - std::chrono::seconds{1}));
  CHECK(scene.deliver(scene.sender).sent == 1);
  CHECK(scene.states() == "suppressed|sent");
}

TEST_CASE("suppressed: other states send, and so do alerts of events") {
  CrashScene scene;
  for (const char* state : {"open", "resolved", "regressed", "snoozed"}) {
    scene.crash(std::string("2:") + state);
    scene.decide(std::string("2:") + state, state);
  }
  scene.database.exec("INSERT INTO crash_group_states (fingerprint, state) VALUES ('', 'ignored')");
  scene.add("slack", "disk full");
  CHECK(scene.deliver(scene.sender).sent == 5);
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE state = 'sent'") == "5");
}

TEST_CASE("suppressed: alerts that wait for a digest of a group that is ignored meanwhile") {
  CrashScene scene;
  scene.crash("2:aa");
  CHECK(scene.deliver(scene.sender).sent == 1);
  scene.crash("2:aa");
  scene.crash("2:aa");
  CHECK(scene.deliver(scene.sender).waiting.digest.alerts == 2);
  scene.decide("2:aa", "ignored");
  scene.make_due();
  CHECK(scene.deliver(scene.sender).suppressed == 2);
  CHECK(scene.states() == "sent|suppressed|suppressed");
  CHECK(scene.sender->messages().size() == 1);
}

TEST_CASE("suppressed: a message that was claimed before goes out as it was") {
  CrashScene scene;
  scene.crash("2:aa");
  scene.crash("2:aa");
  const auto down = std::make_shared<FakeSender>([](const dblog::notify::Message&) {
    return dblog::notify::Answer{dblog::notify::Verdict::try_again, "down", std::nullopt};
  });
  CHECK(scene.deliver(down).failed == 1);
  scene.decide("2:aa", "ignored");
  scene.make_due();
  const auto report = scene.deliver(scene.sender);
  CHECK(report.sent == 1);
  CHECK(report.alerts == 2);
  CHECK(report.suppressed == 0);
}

TEST_CASE("suppressed: the crash by which a group regressed is sent though its kind is quiet") {
  CrashScene scene;
  scene.crash("2:aa");
  CHECK(scene.deliver(scene.sender).sent == 1);
  scene.crash("2:aa");
  scene.decide("2:aa", "regressed");
  scene.database.exec("UPDATE crash_group_states SET regressed_by = 2");
  CHECK(scene.deliver(scene.sender).sent == 1);
  CHECK(scene.sender->messages()[0].subject.find("regressed") == std::string::npos);
  CHECK_THAT(scene.sender->messages()[1].subject, Catch::StartsWith("regressed: 1 more: "));
  scene.crash("2:aa");
  const auto report = scene.deliver(scene.sender);
  CHECK(report.sent == 0);
  CHECK(report.waiting.digest.alerts == 1);
}

TEST_CASE("suppressed: a regression that is the first of its kind has it in its subject, too") {
  CrashScene scene;
  scene.crash("2:aa");
  scene.decide("2:aa", "regressed");
  scene.database.exec("UPDATE crash_group_states SET regressed_by = 1");
  CHECK(scene.deliver(scene.sender).sent == 1);
  CHECK_THAT(scene.sender->messages()[0].subject,
             Catch::StartsWith("regressed: ") && !Catch::Contains("more"));
}

TEST_CASE("suppressed: after the group is open again, replay sends") {
  CrashScene scene;
  scene.crash("2:aa");
  scene.decide("2:aa", "ignored");
  CHECK(scene.deliver(scene.sender).suppressed == 1);
  REQUIRE(dblog::outbox::replay(scene.path, {1}, dblog::now()));
  CHECK(scene.deliver(scene.sender).suppressed == 1);
  scene.decide("2:aa", "open");
  REQUIRE(dblog::outbox::replay(scene.path, {1}, dblog::now()));
  CHECK(scene.deliver(scene.sender).sent == 1);
}

TEST_CASE("suppressed: what a flush would do says nothing of them as messages") {
  CrashScene scene;
  scene.crash("2:aa");
  scene.crash("2:bb");
  scene.decide("2:aa", "ignored");
  const auto plan = dblog::outbox::plan(scene.path, {"slack", nullptr}, dblog::now(), false);
  REQUIRE(plan);
  REQUIRE(plan->messages.size() == 1);
  CHECK(plan->messages[0].subject == "SIGSEGV of 2:bb");
}

TEST_CASE("suppressed: a channel sends alerts of the environments that its setting names") {
  for (const bool is_crash : {true, false}) {
    CrashScene scene;
    scene.alert_from("prod", is_crash, "of prod");
    scene.alert_from("dev", is_crash, "of dev");
    scene.alert_from("Staging", is_crash, "of staging");
    scene.alert_from("", is_crash, "of none");
    const auto report = scene.deliver_of({"prod", "staging"});
    CHECK(report.sent == 3);
    CHECK(report.suppressed == 1);
    CHECK(report.of_other_environments == 1);
    CHECK(scene.query("SELECT state, suppressed_by FROM outbox ORDER BY id") ==
          "sent |suppressed environment|sent |sent ");
  }
}

TEST_CASE("suppressed: without such a setting all environments' alerts are sent") {
  CrashScene scene;
  scene.alert_from("dev", true, "crash");
  scene.alert_from("prod", false, "event");
  CHECK(scene.deliver_of({}).sent == 2);
}

TEST_CASE("suppressed: an event's stack says whose it is, before the run that it lies in") {
  CrashScene scene;
  scene.alert_from("dev", false, "disk full");
  scene.database.exec(
      "INSERT INTO dblog_processes (id, uuid, environment) VALUES (7, 'u', 'prod')");
  scene.database.exec(
      "INSERT INTO event_stacks (source_table, source_id, process_id) VALUES ('error_table', 101, "
      "7)");
  CHECK(scene.deliver_of({"prod"}).sent == 1);
}

TEST_CASE("suppressed: an alert past the end of a run is not of the run's environment") {
  CrashScene scene;
  scene.alert_from("dev", false, "disk full");
  scene.database.exec("UPDATE dblog_event_runs SET last_id = first_id - 1");
  CHECK(scene.deliver_of({"prod"}).sent == 1);
}

TEST_CASE("suppressed: a digest does not count alerts of other environments") {
  CrashScene scene;
  for (const char* environment : {"prod", "dev", "prod", "dev"}) {
    scene.alert_from(environment, false, "disk full");
  }
  const auto report = scene.deliver_of({"prod"});
  CHECK(report.sent == 1);
  CHECK(report.alerts == 2);
  CHECK(scene.states() == "sent|suppressed|sent|suppressed");
}

TEST_CASE("suppressed: replay after the setting was changed sends an environment's alert") {
  CrashScene scene;
  scene.alert_from("dev", true, "crash");
  CHECK(scene.deliver_of({"prod"}).suppressed == 1);
  REQUIRE(dblog::outbox::replay(scene.path, {1}, dblog::now()));
  CHECK(scene.query("SELECT suppressed_by IS NULL FROM outbox") == "1");
  CHECK(scene.deliver_of({"prod", "dev"}).sent == 1);
}

TEST_CASE("suppressed: each rule is noted") {
  CrashScene scene;
  scene.crash("2:aa");
  scene.crash("2:bb");
  scene.decide("2:aa", "ignored");
  scene.decide("2:bb", "muted", dblog::local_date_text(dblog::now() + std::chrono::hours{1}));
  CHECK(scene.deliver(scene.sender).suppressed == 2);
  CHECK(scene.query("SELECT suppressed_by FROM outbox ORDER BY id") == "ignored|muted");
}
