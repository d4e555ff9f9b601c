// Queued logging in several processes: fork(), exit(), kills and importers.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "dblog/event_logger.hpp"
#include "src/recovery/queue_import.hpp"
#include "tests/integration/queue_scene.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/child_process.hpp"

namespace {

using namespace std::chrono_literals;
using dblog::EventLogger;
using dblog::test::count_queue_files;
using dblog::test::exit_status_of;
using dblog::test::in_order;
using dblog::test::queued_logger;
using dblog::test::rows;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

dblog::recovery::QueueOutcome import(const TemporaryDirectory& directory) {
  return dblog::recovery::import_queues(dblog::recovery::SidecarFiles{directory / "LOGS.db"},
                                        std::chrono::steady_clock::now() + 20s);
}

}  // namespace

TEST_CASE("queue: a forked child has a queue of its own, and leaves the parent's alone") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table("p/0"));
  const auto child = [&]() -> int {
    if (!EventLogger::flush() || EventLogger::queue_counts().fallbacks() != 0) return 1;
    if (!events.push_to_table("c/0") || count_queue_files(directory) != 2) return 2;
    std::exit(0);
  };
  CHECK(exit_status_of(child) == 0);
  REQUIRE(events.push_to_table("p/1"));
  REQUIRE(EventLogger::flush());
  CHECK(in_order(directory) == "3|3\n0\nok");
  CHECK(count_queue_files(directory) == 1);
}

TEST_CASE("queue: children of a parent whose threads push all push too") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  std::atomic<bool> stop{false};
  std::atomic<int> pushed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; !stop && i < 20'000; ++i) {
        const auto message = std::to_string(thread) + "/" + std::to_string(i);
        pushed += events.push_to_table(message).ok ? 1 : 0;
        if (i % 64 == 0) std::this_thread::yield();
      }
    });
  }
  constexpr int kForks = 10;
  int good = 0;
  for (int i = 0; i < kForks; ++i) {
    good += exit_status_of([&]() -> int {
              ::alarm(90);
              if (!events.push_to_table("c/" + std::to_string(i))) return 1;
              if (!EventLogger::flush(60s)) return 2;
              std::exit(0);
            }) == 0
                ? 1
                : 0;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  REQUIRE(EventLogger::flush(1min));
  CHECK(good == kForks);
  const std::string all = std::to_string(pushed + kForks);
  CHECK(in_order(directory) == all + "|" + all + "\n0\nok");
}

TEST_CASE("queue: the first push of a child does not wait for other writers") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table("p/0"));
  REQUIRE(EventLogger::flush());
  {
    const dblog::test::LockingShell writer(directory / "LOGS.db");
    const auto child = [&]() -> int {
      const bool is_pushed = events.push_to_table("c/0").ok;
      ::_exit(is_pushed && EventLogger::queue_counts().fallbacks() == 0 ? 0 : 1);
    };
    CHECK(exit_status_of(child) == 0);
  }
  CHECK(import(directory).events == 1);
  CHECK(rows(directory) == "p/0\nc/0");
}

TEST_CASE("queue: a child without fork()'s handlers is refused, and harms nothing") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table("1"));
  const auto child = static_cast<pid_t>(::syscall(SYS_fork));
  if (child == 0) {
    ::close(STDERR_FILENO);
    const auto result = events.push_to_table("child");
    ::_exit(!result.ok && result.error.find("exec()") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  REQUIRE(events.push_to_table("2"));
  REQUIRE(EventLogger::flush());
  CHECK(rows(directory) == "1\n2");
}

TEST_CASE("queue: exit() commits what was queued and leaves no file") {
  const TemporaryDirectory directory;
  CHECK(exit_status_of([&]() -> int {
          EventLogger events = queued_logger(directory);
          for (int i = 0; i < 5'000; ++i) {
            if (!events.push_to_table("0/" + std::to_string(i))) return 1;
          }
          std::exit(0);
        }) == 0);
  CHECK(in_order(directory) == "5000|5000\n0\nok");
  CHECK(count_queue_files(directory) == 0);
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*) FROM dblog_queues WHERE finished IS NOT NULL;") == "1");
}

TEST_CASE("queue: exit() does not wait forever for a database that another process holds") {
  const TemporaryDirectory directory;
  CHECK(exit_status_of([&]() -> int {
          const dblog::test::CapturedStderr stderr_lines(directory / "stderr");
          EventLogger events = queued_logger(directory);
          if (!events.push_to_table("1") || !EventLogger::flush()) return 1;
          const dblog::test::LockingShell other(directory / "LOGS.db");
          if (!events.push_to_table("2")) return 2;
          std::exit(0);
        }) == 0);  // one that waits is killed
  CHECK_THAT(dblog::test::bytes_of(directory / "stderr"), Catch::Contains("for the next run"));
  CHECK(count_queue_files(directory) == 1);
}

TEST_CASE("queue: the events of a process that was killed are imported once, by many at a time") {
  const TemporaryDirectory directory;
  constexpr int kEvents = 6'000;
  CHECK(exit_status_of([&]() -> int {
          EventLogger events = queued_logger(directory);
          for (int i = 0; i < kEvents; ++i) {
            if (!events.push_to_table("0/" + std::to_string(i))) return 1;
          }
          ::kill(::getpid(), SIGKILL);
          return 2;
        }) == -1);
  REQUIRE(count_queue_files(directory) == 1);
  std::vector<std::unique_ptr<dblog::test::ChildProcess<std::function<int()>>>> importers;
  const std::function<int()> importer = [&] {
    const auto outcome = import(directory);
    return outcome.failed.empty() && outcome.refused.empty() ? 0 : 1;
  };
  for (int i = 0; i < 4; ++i) {
    importers.push_back(
        std::make_unique<dblog::test::ChildProcess<std::function<int()>>>(importer));
  }
  for (auto& child : importers) CHECK(child->wait() == 0);
  CHECK(in_order(directory) == "6000|6000\n0\nok");
  CHECK(count_queue_files(directory) == 0);
}

TEST_CASE("queue: a file that is put back after its import is not imported again") {
  const TemporaryDirectory directory;
  CHECK(exit_status_of([&]() -> int {
          EventLogger events = queued_logger(directory);
          for (int i = 0; i < 100; ++i) {
            if (!events.push_to_table("0/" + std::to_string(i))) return 1;
          }
          ::kill(::getpid(), SIGKILL);
          return 2;
        }) == -1);
  std::filesystem::path file;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().filename().string().find("-queue-") != std::string::npos) file = entry.path();
  }
  REQUIRE(!file.empty());
  std::filesystem::copy_file(file, directory / "copy");
  import(directory);
  CHECK(in_order(directory) == "100|100\n0\nok");
  std::filesystem::rename(directory / "copy", file);
  CHECK(import(directory).events == 0);
  CHECK(in_order(directory) == "100|100\n0\nok");
  CHECK(count_queue_files(directory) == 0);
}

TEST_CASE("queue: the file of a process that lives is left alone") {
  const TemporaryDirectory directory;
  EventLogger events = queued_logger(directory);
  REQUIRE(events.push_to_table("1"));
  CHECK(exit_status_of([&] { return import(directory).events == 0 ? 0 : 1; }) == 0);
  CHECK(count_queue_files(directory) == 1);
  REQUIRE(EventLogger::flush());
  CHECK(rows(directory) == "1");
}
