// Many processes on one database, some of which crash: every row arrives, no process waits long.
// $DBLOG_TEST_PROCESSES says how many (default 60), up to $DBLOG_TEST_AT_ONCE (default 30) at once.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "src/recovery/recovery.hpp"
#include "tests/support/run_child.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::run_child;
using dblog::test::sqlite_shell;

constexpr int kEvents = 5;

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr && std::atoi(text) > 0 ? std::atoi(text) : otherwise;
}

bool crashes(int number) { return number % 4 == 0; }

std::vector<ChildResult> run_all(const std::filesystem::path& path, int processes, int at_once) {
  std::vector<ChildResult> results(static_cast<std::size_t>(processes));
  std::atomic<int> next{0};
  std::vector<std::thread> runners;
  for (int i = 0; i < at_once; ++i) {
    runners.emplace_back([&] {
      for (int number = next++; number < processes; number = next++) {
        results[static_cast<std::size_t>(number)] =
            run_child({.arguments = {BUSY_PROGRAM, path.native(), std::to_string(number),
                                     std::to_string(kEvents), crashes(number) ? "crash" : "exit"}});
      }
    });
  }
  for (std::thread& runner : runners) runner.join();
  return results;
}

}  // namespace

TEST_CASE("many processes: handled errors and crashes of all arrive, and none waits long") {
  const dblog::test::TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  const int processes = number_from("DBLOG_TEST_PROCESSES", 60);
  const auto begin = std::chrono::steady_clock::now();
  const auto results = run_all(path, processes, number_from("DBLOG_TEST_AT_ONCE", 30));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  int crashed = 0;
  std::vector<long> waits;
  for (int number = 0; number < processes; ++number) {
    const ChildResult& child = results[static_cast<std::size_t>(number)];
    INFO("process " << number << ": " << child.err);
    CHECK_FALSE(child.timed_out);
    CHECK(child.signal() == (crashes(number) ? SIGSEGV : 0));
    if (!crashes(number)) CHECK(child.exit_code() == 0);
    crashed += crashes(number) ? 1 : 0;
    waits.push_back(std::atol(child.out.c_str()));
  }
  // Crashes that met a locked database wait in their boxes.
  const std::string at_once = sqlite_shell(path, "SELECT count(*) FROM crashes");
  const auto recovered = dblog::recovery::open_and_recover(path, std::chrono::minutes{1});
  REQUIRE(recovered);
  CHECK(recovered->failed.empty());
  CHECK(recovered->killed == 0);
  const std::string all = std::to_string(processes);
  CHECK(sqlite_shell(path,
                     "SELECT count(*), count(DISTINCT msg) FROM errors; "
                     "SELECT count(*) FROM outbox; SELECT count(*) FROM event_stacks; "
                     "SELECT count(*), count(DISTINCT release) FROM crashes; "
                     "PRAGMA integrity_check;") ==
        std::to_string(processes * kEvents) + "|" + std::to_string(processes * kEvents) + "\n" +
            all + "\n" + std::to_string(processes * kEvents) + "\n" + std::to_string(crashed) +
            "|" + std::to_string(crashed) + "\nok");
  std::sort(waits.begin(), waits.end());
  CHECK(waits.back() < 5'000'000);
  WARN(processes << " processes in " << took.count() << " s; " << at_once << " of " << crashed
                 << " crashes committed at once; longest push of a process: median "
                 << waits[waits.size() / 2] << " us, largest " << waits.back() << " us");
}
