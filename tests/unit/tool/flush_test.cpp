// dblog flush with senders of the test's own.
#include "tools/dblog/flush.hpp"

#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "src/schema/schema.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using dblog::notify::Answer;
using dblog::notify::Message;
using dblog::notify::Verdict;
using dblog::test::FakeSender;
using dblog::test::OutboxScene;
using dblog::tool::ExitCode;
using dblog::tool::FlushOptions;
using dblog::tool::FlushParts;

namespace {

FlushParts parts_with(const std::shared_ptr<FakeSender>& slack) {
  return {
      [slack] {
        return std::vector<dblog::outbox::Channel>{{"slack", slack, std::chrono::milliseconds{0}}};
      },
      [](const std::filesystem::path&, std::chrono::milliseconds) { return std::nullopt; }};
}

std::shared_ptr<FakeSender> sender_that(Verdict verdict, const std::string& reason) {
  return std::make_shared<FakeSender>([=](const Message&) {
    return Answer{verdict, reason, std::nullopt};
  });
}

// As the tool does it; one at a time. SIGTERM is for its thread: to the process it would also go to
// threads of a sanitizer.
dblog::tool::Outcome flush(const std::filesystem::path& database, const FlushOptions& options,
                           const FlushParts& parts) {
  dblog::tool::StopSignals stop;
  stop.listen();
  return dblog::tool::flush(database, options, parts, stop);
}

template <typename Condition>
bool comes_true(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace

TEST_CASE("flush: done when all that was due went out, with a summary") {
  OutboxScene scene;
  scene.add("slack", "disk full", 1'204);
  const auto outcome = flush(scene.path, {}, parts_with(sender_that(Verdict::sent, "")));
  CHECK(outcome.exit_code == ExitCode::done);
  CHECK(outcome.output == "sent 1 message for 1204 alerts; 0 failed, 0 dead, 0 alerts waiting\n");
}

TEST_CASE("flush: says what failed, and that not everything is done") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto outcome =
      flush(scene.path, {}, parts_with(sender_that(Verdict::try_again, "connection refused")));
  CHECK(outcome.exit_code == ExitCode::not_everything);
  CHECK_THAT(outcome.output,
             Catch::StartsWith("slack: connection refused\n"
                               "slack: 1 alert failed and waits for its next try, due at 20"));
  CHECK_THAT(
      outcome.output,
      Catch::EndsWith("\nsent 0 messages for 0 alerts; 1 failed, 0 dead, 1 alert waiting\n"));
}

TEST_CASE("flush: what waits for its time is no reason to complain") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto parts = parts_with(sender_that(Verdict::try_again, "no"));
  CHECK(flush(scene.path, {}, parts).exit_code == ExitCode::not_everything);
  CHECK(flush(scene.path, {}, parts).exit_code == ExitCode::done);
}

TEST_CASE("flush: what waits for settings is, and they are named") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  const auto outcome =
      flush(scene.path, {}, parts_with(sender_that(Verdict::not_configured, "webhook is missing")));
  CHECK(outcome.exit_code == ExitCode::not_everything);
  CHECK_THAT(outcome.output, Catch::Contains("slack: webhook is missing\n") &&
                                 Catch::Contains("1 alert waiting (for settings)"));
}

TEST_CASE("flush: JSON has the sums and the channels") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  FlushOptions options;
  options.json = true;
  const auto outcome = flush(scene.path, options, parts_with(sender_that(Verdict::sent, "")));
  const auto json = nlohmann::json::parse(outcome.output);
  CHECK(json["sent"] == 1);
  CHECK(json["alerts"] == 3);
  CHECK(json["channels"][0]["channel"] == "slack");
  CHECK(json["channels"][0]["last_error"].is_null());
}

TEST_CASE("flush: --retry-dead makes dead messages pending first") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  flush(scene.path, {}, parts_with(sender_that(Verdict::refused, "no_service")));
  FlushOptions options;
  options.retry_dead = true;
  const auto slack = sender_that(Verdict::sent, "");
  CHECK(flush(scene.path, options, parts_with(slack)).exit_code == ExitCode::done);
  CHECK(slack->messages().size() == 1);
}

TEST_CASE("flush: a dry run sends nothing and changes nothing") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  FlushOptions options;
  options.dry_run = true;
  const auto slack = sender_that(Verdict::sent, "");
  const auto outcome = flush(scene.path, options, parts_with(slack));
  CHECK(outcome.output ==
        "slack: error_table: disk full (with 2 further alerts)\n"
        "would send 1 message; 0 alerts waiting\n");
  CHECK(slack->messages().empty());
  CHECK(scene.query("SELECT DISTINCT state FROM outbox") == "pending");
}

TEST_CASE("flush: a dry run says that crashes would go to the journal, too") {
  OutboxScene scene;
  FlushOptions options;
  options.dry_run = true;
  const bool is_on = GENERATE(true, false);
  auto parts = parts_with(sender_that(Verdict::sent, ""));
  parts.is_journal_on = [is_on] { return is_on; };
  const std::string line = is_on ? "journal: would send crashes that it does not have\n" : "";
  CHECK(flush(scene.path, options, parts).output ==
        line + "would send 0 messages; 0 alerts waiting\n");
  options.json = true;
  const std::string json = flush(scene.path, options, parts).output;
  CHECK_THAT(json, Catch::Contains(is_on ? R"("journal": true)" : R"("journal": false)"));
}

TEST_CASE("flush: a dry run names missing settings, and counts what waits for them") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  const auto slack = sender_that(Verdict::sent, "");
  slack->missing = "missing setting: webhook";
  FlushOptions options;
  options.dry_run = true;
  const auto outcome = flush(scene.path, options, parts_with(slack));
  CHECK(outcome.exit_code == ExitCode::not_everything);
  CHECK(outcome.output ==
        "slack: missing setting: webhook\n"
        "would send 0 messages; 3 alerts waiting (for settings)\n");
}

TEST_CASE("flush: says for what alerts wait that it may not send yet, and until when") {
  OutboxScene scene;
  const auto parts = parts_with(sender_that(Verdict::sent, ""));
  scene.add("slack", "disk full");
  flush(scene.path, {}, parts);
  scene.add("slack", "disk full", 2);
  const auto outcome = flush(scene.path, {}, parts);
  CHECK(outcome.exit_code == ExitCode::done);
  const std::string until = scene.query(
      "SELECT DISTINCT substr(next_attempt, 1, 19) FROM outbox "
      "WHERE state = 'pending'");
  CHECK(outcome.output ==
        "slack: 2 alerts wait to be counted in their kind's next message, due at " + until +
            "\nsent 0 messages for 0 alerts; 0 failed, 0 dead, 2 alerts waiting\n");
}

TEST_CASE("flush: says that a server's pause is why alerts wait, and until when") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec(
      "INSERT INTO outbox_pauses VALUES ('slack', (unixepoch('now') + 600) * 1000000)");
  const auto outcome = flush(scene.path, {}, parts_with(sender_that(Verdict::sent, "")));
  CHECK(outcome.exit_code == ExitCode::done);
  CHECK_THAT(outcome.output,
             Catch::Contains("slack: 1 alert due, but the server asked for a pause until 20"));
}

TEST_CASE("flush: a dry run counts a message whose flush was killed") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec(
      "UPDATE outbox SET state = 'sending';"
      "INSERT INTO outbox_leases VALUES (1, 'gone', 1)");
  FlushOptions options;
  options.dry_run = true;
  const auto outcome = flush(scene.path, options, parts_with(sender_that(Verdict::sent, "")));
  CHECK(outcome.output ==
        "slack: error_table: disk full\n"
        "would send 1 message; 0 alerts waiting\n");
}

TEST_CASE("flush: one that is stopped counts what it sent and what is left") {
  OutboxScene scene;
  for (const char* text : {"first", "second", "third"}) scene.add("slack", text, 2);
  const auto flusher = ::pthread_self();
  const auto slack = std::make_shared<FakeSender>([flusher](const Message&) {
    ::pthread_kill(flusher, SIGTERM);
    // Longer than the flush looks away.
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    return dblog::test::took_it();
  });
  const auto outcome = flush(scene.path, {}, parts_with(slack));
  CHECK(outcome.exit_code == ExitCode::not_everything);
  CHECK(outcome.output ==
        "stopped by a signal\n"
        "sent 1 message for 2 alerts; 0 failed, 0 dead, 4 alerts waiting, 4 of them due: run it "
        "again\n");
}

TEST_CASE("flush: a watching one wakes when a row is added, sleeps when there is none, and ends") {
  OutboxScene scene;
  const auto slack = sender_that(Verdict::sent, "");
  std::atomic<int> rounds{0};
  FlushParts parts = parts_with(slack);
  parts.complete_crashes = [&](const std::filesystem::path&, std::chrono::milliseconds) {
    ++rounds;
    return std::nullopt;
  };
  FlushOptions options;
  options.watch = true;
  dblog::tool::Outcome outcome;
  std::thread watching([&] { outcome = flush(scene.path, options, parts); });
  CHECK(comes_true([&] { return rounds >= 1; }));
  scene.add("slack", "disk full");
  CHECK(comes_true([&] { return slack->messages().size() == 1; }));
  scene.add("slack", "disk gone");
  CHECK(comes_true([&] { return slack->messages().size() == 2; }));
  ::pthread_kill(watching.native_handle(), SIGTERM);
  watching.join();
  CHECK(outcome.exit_code == ExitCode::done);
  // A round for each change, and one more that finds nothing: no endless turning.
  CHECK(rounds < 20);
}

TEST_CASE("flush: a watching one wakes when a row's time comes") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  scene.database.exec(
      "UPDATE outbox SET next_attempt = strftime('%Y-%m-%d %H:%M:%f', 'now', 'localtime', "
      "'+1 second')");
  const auto slack = sender_that(Verdict::sent, "");
  FlushOptions options;
  options.watch = true;
  std::thread watching([&] { flush(scene.path, options, parts_with(slack)); });
  CHECK(comes_true([&] { return slack->messages().size() == 1; }));
  ::pthread_kill(watching.native_handle(), SIGTERM);
  watching.join();
}

TEST_CASE("flush: a watching one waits for a database that is not there yet, and says so once") {
  const dblog::test::TemporaryDirectory directory;
  const std::filesystem::path path = directory / "LOGS.db";
  std::atomic<int> lines{0};
  std::atomic<int> rounds{0};
  FlushOptions options;
  options.watch = true;
  options.print = [&](const std::string& text) {
    if (text == path.string() + ": not there yet; waiting for it\n") ++lines;
  };
  FlushParts parts = parts_with(sender_that(Verdict::sent, ""));
  parts.complete_crashes = [&](const std::filesystem::path&, std::chrono::milliseconds) {
    ++rounds;
    return std::nullopt;
  };
  dblog::tool::Outcome outcome;
  std::thread watching([&] { outcome = flush(path, options, parts); });
  CHECK(comes_true([&] { return lines == 1; }));
  dblog::test::make_database(path);
  CHECK(comes_true([&] { return rounds >= 1; }));
  ::pthread_kill(watching.native_handle(), SIGTERM);
  watching.join();
  CHECK(outcome.exit_code == ExitCode::done);
  CHECK(lines == 1);
}

TEST_CASE("flush: watching for a database in a directory that is not there fails") {
  const dblog::test::TemporaryDirectory directory;
  FlushOptions options;
  options.watch = true;
  const auto outcome =
      flush(directory / "gone" / "LOGS.db", options, parts_with(sender_that(Verdict::sent, "")));
  CHECK(outcome.exit_code == ExitCode::database);
}

TEST_CASE("flush: work that a full disk refuses keeps a lingering one no longer") {
  OutboxScene scene;
  FlushParts parts = parts_with(sender_that(Verdict::sent, ""));
  int rounds = 0;
  parts.complete_crashes = [&](const std::filesystem::path& path, std::chrono::milliseconds) {
    ++rounds;
    scene.database.exec("PRAGMA user_version = " + std::to_string(dblog::schema::kVersion));
    return dblog::base::Error{dblog::base::ErrorCode::disk_full, path, "the disk is full"};
  };
  FlushOptions options;
  options.linger_seconds = 1;
  options.longest_linger = std::chrono::minutes{4};
  const auto began = std::chrono::steady_clock::now();
  CHECK(flush(scene.path, options, parts).exit_code == ExitCode::not_everything);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::minutes{2});
  CHECK(rounds <= 4);  // no try right after one that was refused
}

TEST_CASE("flush: without a lock to be trusted, a lingering one does one round after a crash") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  std::filesystem::create_directory(scene.path.string() + "-flush");
  FlushParts parts = parts_with(sender_that(Verdict::try_again, "connection refused"));
  int rounds = 0;
  parts.complete_crashes = [&](const std::filesystem::path&, std::chrono::milliseconds) {
    ++rounds;
    return std::nullopt;
  };
  FlushOptions options;
  options.linger_seconds = 5;
  options.longest_linger = std::chrono::seconds{10};
  options.after = std::numeric_limits<int>::max();  // no such process
  const auto outcome = flush(scene.path, options, parts);
  CHECK_THAT(outcome.error, Catch::Contains("is no regular file"));
  CHECK(rounds == 1);
}

TEST_CASE("flush: without a lock to be trusted, one that lingers after a push leaves soon") {
  OutboxScene scene;
  scene.add("slack", "disk full");
  std::filesystem::create_directory(scene.path.string() + "-flush");
  int sent = 0;
  const auto slack = std::make_shared<FakeSender>([&](const Message&) {
    if (++sent == 1) scene.add("slack", "a push right after the one that started the tool");
    return Answer{Verdict::sent, "", std::nullopt};
  });
  FlushOptions options;
  options.linger_seconds = 300;
  options.longest_linger = std::chrono::minutes{2};
  const auto began = std::chrono::steady_clock::now();
  (void)flush(scene.path, options, parts_with(slack));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::minutes{1});
  CHECK(sent == 2);
}

TEST_CASE("flush: a lingering one ends at its longest time, however much there is to do") {
  OutboxScene scene;
  FlushParts parts = parts_with(sender_that(Verdict::sent, ""));
  int alerts = 0;
  parts.complete_crashes = [&](const std::filesystem::path&, std::chrono::milliseconds) {
    scene.add("slack",
              "alert of a kind of its own " + std::string(static_cast<std::size_t>(++alerts), 'x'));
    return std::nullopt;
  };
  FlushOptions options;
  options.linger_seconds = 300;
  options.longest_linger = std::chrono::milliseconds{1'500};
  const auto began = std::chrono::steady_clock::now();
  (void)flush(scene.path, options, parts);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::minutes{2});
  CHECK(alerts > 1);
}
