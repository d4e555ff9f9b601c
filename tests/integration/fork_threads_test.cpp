// fork() in a program whose threads are writing: every child can write too.
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "dblog/event_logger.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

using dblog::EventLogger;
using dblog::test::exit_status_of;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

TEST_CASE("forking threads: children of a parent whose threads are writing all write too") {
  const TemporaryDirectory directory;
  constexpr int kForks = 25;
  EventLogger events{"t", directory / "LOGS.db"};
  std::atomic<bool> stop{false};
  std::atomic<int> rows{0}, failures{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int row = 0; !stop; ++row) {
        const auto message = std::to_string(thread) + "/" + std::to_string(row);
        const bool ok = events.push_to_table(message, {.hw_monitor = row % 8 == 0}).ok;
        ++(ok ? rows : failures);
      }
    });
  }
  int good = 0;
  for (int child = 0; child < kForks; ++child) {
    good += exit_status_of([&] {
              const auto message = "child " + std::to_string(child);
              return events.push_to_table(message, {.hw_monitor = true}) ? 0 : 1;
            }) == 0
                ? 1
                : 0;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(good == kForks);
  CHECK(failures == 0);
  const std::string all = std::to_string(rows + kForks);
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*), count(DISTINCT msg) FROM t; PRAGMA integrity_check;") ==
        all + "|" + all + "\nok");
}
