// Queued logging in one process: order, fall-backs, flush().
#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dblog/event_logger.hpp"
#include "tests/integration/queue_scene.hpp"
#include "tests/support/captured_stderr.hpp"

namespace {

using namespace std::chrono_literals;
using dblog::EventLogger;
using dblog::PushResult;
using dblog::QueueCounts;
using dblog::test::in_order;
using dblog::test::queued_logger;
using dblog::test::rows;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

}  // namespace

TEST_CASE("queue: a queued event is accepted without an id, and there after flush()") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  const PushResult result = events.push_to_table("x");
  CHECK(result.ok);
  CHECK(result.id == 0);
  REQUIRE(EventLogger::flush());
  CHECK(rows(directory) == "x");
}

TEST_CASE("queue: the writer commits by itself") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  for (const std::string expected : {"1", "1\n2"}) {  // the second time it was asleep
    REQUIRE(events.push_to_table(expected.substr(expected.size() - 1)));
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (rows(directory) != expected && std::chrono::steady_clock::now() < deadline) {
    }
    REQUIRE(rows(directory) == expected);
    std::this_thread::sleep_for(300ms);  // time for the writer to fall asleep, if it will
  }
}

TEST_CASE("queue: events and exceptions are queued as well, with their own dates") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  const dblog::Event event{.message = "event", .date = dblog::Timestamp{1234567us}};
  CHECK(events.push_to_table(event).id == 0);
  CHECK(events.push_to_table(std::runtime_error("broken")).id == 0);
  REQUIRE(EventLogger::flush());
  CHECK(rows(directory) == "event\nstd::runtime_error: broken");
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT date FROM t WHERE id = 1;") ==
        dblog::local_date_text(event.date));
}

TEST_CASE("queue: a call may queue, or not, whatever its logger does") {
  const TemporaryDirectory directory;
  EventLogger committing{"t", directory / "LOGS.db"};
  EventLogger queueing = queued_logger(directory);
  CHECK(committing.push_to_table("1", {.queued = true}).id == 0);
  CHECK(queueing.push_to_table("2", {.queued = false}).id == 2);
  CHECK(rows(directory) == "1\n2");
}

TEST_CASE("queue: what cannot be queued is committed after what was queued before it") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  const QueueCounts before = EventLogger::queue_counts();
  REQUIRE(events.push_to_table("1"));
  CHECK(events.push_to_table("2", {.slack = true}).id == 2);
  REQUIRE(events.push_to_table("3"));
  CHECK(events.push_to_table(std::string(5'000, 'x')).id == 4);
  REQUIRE(events.push_to_table("5"));
  CHECK(events.push_to_table("6", {.hw_monitor = true}).id == 6);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT group_concat(substr(msg, 1, 1)) FROM t;") ==
        "1,2,3,x,5,6");
  CHECK(EventLogger::queue_counts().too_long == before.too_long + 1);
  CHECK(EventLogger::queue_counts().fallbacks() == before.fallbacks() + 1);
}

TEST_CASE("queue: bytes of any kind, up to the longest that is queued, come back as committed") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table(std::string("a\0b", 3)));
  REQUIRE(events.push_to_table("caf\xE9"));
  REQUIRE(events.push_to_table(""));
  REQUIRE(events.push_to_table(std::string(4'096, 'x')).id == 0);
  REQUIRE(EventLogger::flush());
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT hex(msg) FROM t WHERE id < 4;") ==
        "610062\n6361665C784539\n");
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT length(msg) FROM t WHERE id = 4;") == "4096");
}

TEST_CASE("queue: an event's severity, fields and tags are queued with it") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  const QueueCounts before = EventLogger::queue_counts();
  for (int i = 0; i < 200; ++i) {
    dblog::PushOptions options;
    if (i % 50 == 7) {
      options = {.severity = dblog::Severity::info,
                 .fields = {{"i", i}, {"text", "x"}, {"real", 0.5}, {"odd", true}},
                 .tags = {"a", "b"}};
    }
    CHECK(events.push_to_table(std::to_string(i), options).id == 0);
  }
  // The longest that is queued, and one byte more.
  CHECK(events.push_to_table(std::string(4'093, 'x'), {.severity = dblog::Severity::info}).id == 0);
  CHECK(events.push_to_table(std::string(4'094, 'x'), {.severity = dblog::Severity::info}).id ==
        202);
  CHECK(EventLogger::queue_counts().too_long == before.too_long + 1);
  REQUIRE(EventLogger::flush());
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT msg, severity, (SELECT group_concat(tag) FROM event_tags AS a WHERE "
                     "a.source_id = t.id) FROM t JOIN event_facts ON source_id = t.id WHERE "
                     "length(msg) < 9; SELECT count(*) FROM event_facts; SELECT count(*) FROM t "
                     "JOIN event_fields ON source_id = t.id WHERE name = 'i' AND value = CAST(msg "
                     "AS INTEGER); "
                     "SELECT group_concat(name || '=' || type || '=' || value, ' ') FROM "
                     "event_fields WHERE source_id = 8;") ==
        "7|info|a,b\n57|info|a,b\n107|info|a,b\n157|info|a,b\n6\n4\n"
        "i=integer=7 text=text=x real=real=0.5 odd=boolean=1");
}

TEST_CASE("queue: a refused table name or database makes the push fail, with the reason") {
  const TemporaryDirectory directory;
  const dblog::test::CapturedStderr stderr_lines(directory / "stderr");
  EventLogger bad_name = queued_logger(directory, "crashes");
  CHECK_THAT(bad_name.push_to_table("x").error, Catch::Contains("choose another"));
  EventLogger nowhere{"t", {.database = directory / "no" / "LOGS.db", .queued = true}};
  CHECK_THAT(nowhere.push_to_table("x").error, Catch::Contains("no such directory"));
  REQUIRE(EventLogger{"t", directory / "LOGS.db"}.push_to_table("x"));
  sqlite_shell(directory / "LOGS.db", "CREATE TABLE shape (x);");
  CHECK_THAT(queued_logger(directory, "shape").push_to_table("x").error,
             Catch::Contains("another table name"));
}

TEST_CASE("queue: eight threads that push faster than rows are written lose nothing") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  const QueueCounts before = EventLogger::queue_counts();
  constexpr int kThreads = 8;
  constexpr int kEach = 8'000;  // twice what the queue holds
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const auto message = std::to_string(thread) + "/" + std::to_string(i);
        if (!events.push_to_table(message)) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(EventLogger::flush(1min));
  CHECK(failures == 0);
  const std::string all = std::to_string(kThreads * kEach);
  CHECK(in_order(directory) == all + "|" + all + "\n0\nok");
  CHECK(EventLogger::queue_counts().rejected == before.rejected);
}

TEST_CASE("queue: a full queue commits in order, and says so") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  const QueueCounts before = EventLogger::queue_counts();
  REQUIRE(events.push_to_table("0/0"));
  REQUIRE(EventLogger::flush());
  constexpr int kMany = 40'000;  // more than the queue holds
  std::thread producer;
  {
    const dblog::test::LockingShell other(directory / "LOGS.db");
    producer = std::thread([&] {
      for (int i = 1; i < kMany; ++i) {
        while (!events.push_to_table("0/" + std::to_string(i))) {
        }
      }
    });
    while (EventLogger::queue_counts().queue_full == before.queue_full) std::this_thread::yield();
    CHECK_FALSE(EventLogger::flush(50ms));
  }
  producer.join();
  CHECK(EventLogger::queue_counts().queue_full > before.queue_full);
  REQUIRE(EventLogger::flush(1min));
  const std::string all = std::to_string(kMany);
  CHECK(in_order(directory) == all + "|" + all + "\n0\nok");
}

TEST_CASE("queue: flush() waits no longer than it was told, and the events are there later") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table("1"));
  REQUIRE(EventLogger::flush());
  {
    const dblog::test::LockingShell other(directory / "LOGS.db");
    REQUIRE(events.push_to_table("2"));
    const auto start = std::chrono::steady_clock::now();
    const PushResult result = EventLogger::flush(100ms);
    CHECK_FALSE(result);
    CHECK(!result.error.empty());
    CHECK(std::chrono::steady_clock::now() - start < 1min);
  }
  CHECK(EventLogger::flush(30s));
  CHECK(rows(directory) == "1\n2");
}

TEST_CASE("queue: a row that its table refuses is counted and said, and holds up nothing") {
  const TemporaryDirectory directory;
  const dblog::test::CapturedStderr stderr_lines(directory / "stderr");
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table("1"));
  REQUIRE(EventLogger::flush());
  const QueueCounts before = EventLogger::queue_counts();
  sqlite_shell(directory / "LOGS.db", "CREATE UNIQUE INDEX one_each ON t (msg);");
  for (const char* message : {"1", "2"}) REQUIRE(events.push_to_table(message));
  REQUIRE(EventLogger::flush());
  CHECK(rows(directory) == "1\n2");
  CHECK(EventLogger::queue_counts().rejected == before.rejected + 1);
}

TEST_CASE("queue: the file is its owner's only") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table("1"));
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().filename().string().find("-queue-") == std::string::npos) continue;
    CHECK((entry.status().permissions() & std::filesystem::perms::mask) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
}
