// Waits across the hour that comes twice: UTC decides what is due.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>

#include "src/outbox/due_time.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "src/outbox/waiting.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using namespace dblog::test;
using namespace dblog::outbox;
using dblog::Timestamp;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// Central Europe, where summer time ends on 2026-10-25 at 03:00.
class Zone {
 public:
  Zone() {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
  }
  ~Zone() {
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::optional<std::string> before_;
};

// 02:50 summer time; twenty minutes later it is 02:10 winter time.
const Timestamp kSummer = time_of(1'792'889'400'000'000);

struct ClockScene {
  Zone zone;
  OutboxScene outbox;
  Timestamp now = kSummer;
  std::shared_ptr<FakeSender> sender = std::make_shared<FakeSender>();

  ClockScene() {
    outbox.options.clock = [this] { return now; };
  }
  void add_due_at(Timestamp when, const std::string& text = "disk full") {
    outbox.add("slack", text);
    SQLite::Statement row(outbox.database,
                          "UPDATE outbox SET next_attempt = ?1, next_attempt_utc = ?2 WHERE id = "
                          "(SELECT max(id) FROM outbox)");
    row.bind(1, dblog::local_date_text(when));
    row.bind(2, microseconds_of(when));
    row.exec();
  }
  std::int64_t sent_at(Timestamp when) {
    now = when;
    return outbox.deliver(sender).sent;
  }
};

}  // namespace

TEST_CASE("clock change: what is due after the clock is put back is not sent before") {
  ClockScene scene;
  const Timestamp due = kSummer + minutes{20};
  scene.add_due_at(due);
  REQUIRE(scene.outbox.query("SELECT next_attempt FROM outbox") == "2026-10-25 02:10:00.000000");
  CHECK(scene.sent_at(kSummer) == 0);
  CHECK(scene.sent_at(due - seconds{1}) == 0);
  CHECK(scene.sent_at(due) == 1);
}

TEST_CASE("clock change: what is due before the clock is put back is not sent an hour later") {
  ClockScene scene;
  scene.add_due_at(kSummer + minutes{5});
  scene.now = kSummer + minutes{15};
  REQUIRE(dblog::local_date_text(scene.now) == "2026-10-25 02:05:00.000000");
  CHECK(count_due(scene.outbox.database, "slack", scene.now, false) == 1);
  CHECK(is_due_by_date(scene.outbox.database, "slack", scene.now));
  CHECK(scene.sent_at(scene.now) == 1);
}

TEST_CASE("clock change: the next time at which something is due is that in UTC") {
  ClockScene scene;
  scene.add_due_at(kSummer + minutes{130}, "third");
  scene.add_due_at(kSummer + minutes{20}, "second");
  scene.add_due_at(kSummer + minutes{12}, "first");
  SQLite::Database& database = scene.outbox.database;
  CHECK(next_due(database, "slack", kSummer) == kSummer + minutes{12});
  CHECK(next_due(database, "slack", kSummer + minutes{12}) == kSummer + minutes{20});
  CHECK(next_due(database, "slack", kSummer + minutes{20}) == kSummer + minutes{130});
  const Waiting waiting = look_at_waiting(database, "slack", kSummer + minutes{15});
  CHECK(waiting.due == 1);
  CHECK(waiting.digest.alerts == 2);
  CHECK(waiting.digest.until == kSummer + minutes{20});
}

TEST_CASE("clock change: a digest leaves when its kind's quiet time is over, once") {
  ClockScene scene;
  scene.outbox.add("slack", "disk full");
  CHECK(scene.sent_at(kSummer + minutes{9}) == 1);
  scene.outbox.add("slack", "disk full", 2);
  CHECK(scene.sent_at(kSummer + minutes{9} + seconds{1}) == 0);
  const Timestamp due =
      time_of(std::stoll(scene.outbox.query("SELECT DISTINCT next_attempt_utc FROM outbox WHERE "
                                            "state = 'pending'")));
  REQUIRE(due > kSummer + minutes{10});
  CHECK(scene.sent_at(due - seconds{1}) == 0);
  CHECK(scene.sent_at(due) == 1);
  for (const minutes later : {minutes{1}, minutes{59}, minutes{61}, minutes{180}}) {
    CHECK(scene.sent_at(due + later) == 0);
  }
  CHECK(scene.sender->messages().size() == 2);
}

TEST_CASE("clock change: a failed message waits as long as any other time of the year") {
  ClockScene scene;
  scene.outbox.add("slack", "disk full");
  const auto down = std::make_shared<FakeSender>([](const dblog::notify::Message&) {
    return dblog::notify::Answer{dblog::notify::Verdict::try_again, "down", std::nullopt};
  });
  scene.now = kSummer + minutes{10} - seconds{1};
  CHECK(scene.outbox.deliver(down).failed == 1);
  const Timestamp due =
      time_of(std::stoll(scene.outbox.query("SELECT next_attempt_utc FROM outbox")));
  CHECK(due > scene.now + seconds{9});
  CHECK(due < scene.now + seconds{16});
  CHECK(scene.outbox.query("SELECT next_attempt FROM outbox") == dblog::local_date_text(due));
  CHECK(scene.sent_at(due - seconds{1}) == 0);
  CHECK(scene.sent_at(due) == 1);
}

TEST_CASE("clock change: the date that a person writes counts, whatever time is beside it") {
  ClockScene scene;
  scene.add_due_at(kSummer + minutes{300});
  scene.outbox.make_due();
  CHECK(scene.sent_at(kSummer) == 1);
}

TEST_CASE("clock change: a group that is muted until the second of two hours is muted until then") {
  ClockScene scene;
  scene.outbox.add("slack", "disk full");
  SQLite::Database& database = scene.outbox.database;
  database.exec(
      "INSERT INTO crashes (uuid, date, kind, fingerprint) VALUES ('u', '2026-01-31', 'signal', "
      "'2:aa'); UPDATE outbox SET source_table = 'crashes', source_id = 1");
  SQLite::Statement mute(database,
                         "INSERT INTO crash_group_states (fingerprint, state, muted_until, "
                         "muted_until_utc) VALUES ('2:aa', 'muted', ?1, ?2)");
  const Timestamp end = kSummer + minutes{20};
  mute.bind(1, dblog::local_date_text(end));
  mute.bind(2, microseconds_of(end));
  mute.exec();
  scene.now = kSummer;
  CHECK(scene.outbox.deliver(scene.sender).suppressed == 1);
  REQUIRE(replay(scene.outbox.path, {1}, end));
  CHECK(scene.sent_at(end) == 1);
}

TEST_CASE("clock change: what is due in this very microsecond is one alert") {
  ClockScene scene;
  scene.add_due_at(kSummer);
  CHECK(count_due(scene.outbox.database, "slack", kSummer, false) == 1);
  CHECK(scene.sent_at(kSummer) == 1);
  CHECK(scene.sender->subjects() == std::vector<std::string>{"error_table: disk full"});
}
