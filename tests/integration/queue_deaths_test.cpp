// Processes that queue events from several threads and are killed at random moments, with importers
// running meanwhile: what push_to_table() accepted is there, once, in the order of each thread.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "dblog/event_logger.hpp"
#include "src/recovery/queue_import.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::EventLogger;
using dblog::test::exit_status_of;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

constexpr int kRounds = 12;
constexpr int kProcesses = 3;  // a round
constexpr int kThreads = 3;    // a process
constexpr std::size_t kCounters = std::size_t{kRounds} * kProcesses * kThreads;

// How many pushes were accepted, by process and thread; children fill it in.
struct Accepted {
  std::atomic<int> of[kCounters];
};

Accepted& shared_counters() {
  void* memory =
      ::mmap(nullptr, sizeof(Accepted), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap failed");
  return *static_cast<Accepted*>(memory);
}

// Until the process is killed. Some events have a field, which says their number. Some messages
// take several slots, some are too long for a queue, and some are committed by the call.
void push_for_ever(EventLogger& events, std::size_t counter, std::atomic<int>& accepted) {
  for (int number = 0;; ++number) {
    std::string message = std::to_string(counter) + "/" + std::to_string(number);
    if (number % 50 == 1) message += std::string(700, ' ');
    if (number % 500 == 499) message += std::string(5'000, ' ');
    dblog::PushOptions options;
    if (number % 300 == 299) options.queued = false;
    if (number % 7 == 3) options.fields = {{"number", number}};
    if (events.push_to_table(message, options)) accepted = number + 1;
    if (number % 20 == 0) ::usleep(1'000);  // else the test is about millions of rows
  }
}

int be_a_program(const TemporaryDirectory& directory, std::size_t process, Accepted& accepted) {
  EventLogger events{"t", {.database = directory / "LOGS.db", .queued = true}};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    const std::size_t counter = process * kThreads + thread;
    threads.emplace_back([&, counter] { push_for_ever(events, counter, accepted.of[counter]); });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

int import(const TemporaryDirectory& directory) {
  if (!std::filesystem::exists(directory / "LOGS.db")) return 0;
  const auto outcome =
      dblog::recovery::import_queues(dblog::recovery::SidecarFiles{directory / "LOGS.db"},
                                     std::chrono::steady_clock::now() + std::chrono::seconds{30});
  return outcome.refused.empty() ? 0 : 1;
}

}  // namespace

TEST_CASE("queue deaths: every accepted event is there exactly once, in its thread's order") {
  const TemporaryDirectory directory;
  Accepted& accepted = shared_counters();
  std::mt19937 random{20261122};
  std::size_t process = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<pid_t> running;
    for (int i = 0; i < kProcesses; ++i, ++process) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) ::_exit(be_a_program(directory, process, accepted));
      running.push_back(child);
    }
    ::usleep(static_cast<useconds_t>(random() % 40'000));
    ::kill(running.front(), SIGKILL);
    CHECK(exit_status_of([&] { return import(directory); }) == 0);
    for (const pid_t child : running) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }
  CHECK(exit_status_of([&] { return import(directory); }) == 0);

  const auto query = [&](const std::string& sql) {
    return sqlite_shell(directory / "LOGS.db", sql);
  };
  // `thread` and `number` of each event.
  query(
      "CREATE TABLE e AS SELECT id, CAST(msg AS INTEGER) AS thread, CAST(substr(msg, instr(msg, "
      "'/') + 1) AS INTEGER) AS number FROM t; CREATE INDEX by_thread ON e (thread, number);");
  CHECK(query("PRAGMA integrity_check;") == "ok");
  CHECK(query("SELECT count(*) - count(DISTINCT thread || '/' || number) FROM e;") == "0");
  CHECK(query("SELECT count(*) FROM (SELECT number, lag(number, 1, -1) OVER (PARTITION BY thread "
              "ORDER BY id) AS before FROM e) WHERE number <> before + 1;") == "0");
  CHECK(query("SELECT count(*) FROM e WHERE (number % 7 = 3) <> (SELECT count(*) FROM event_fields "
              "AS f WHERE source_table = 't' AND source_id = id AND name = 'number' AND value = "
              "e.number);") == "0");
  CHECK(query("SELECT count(*) FROM event_fields;") ==
        query("SELECT count(*) FROM e WHERE number % 7 = 3;"));
  std::istringstream counts(
      query("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " +
            std::to_string(kCounters) +
            ") SELECT (SELECT count(*) FROM e WHERE thread = i) FROM n ORDER BY i;"));
  int missing = 0, all = 0;
  for (const std::atomic<int>& told : accepted.of) {
    int there = -1;
    counts >> there;
    all += told;
    // One may be in the queue, and its process dead before it could count it.
    if (there < told || there > told + 1) ++missing;
  }
  CHECK(missing == 0);
  CHECK(all > 1'000);
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    CHECK(entry.path().filename().string().find("-queue-") == std::string::npos);
  }
}
