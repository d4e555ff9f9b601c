// Threads and processes that write to one database at once: every row arrives.
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "dblog/event_logger.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/start_gate.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::EventLogger;
using dblog::test::sqlite_shell;
using dblog::test::StartGate;
using dblog::test::TemporaryDirectory;

// Runs `body(number)` in `count` processes that start together; how many ended with 0.
template <typename Body>
int succeeded(int count, const Body& body) {
  StartGate gate;
  std::deque<std::function<int()>> bodies;
  std::deque<dblog::test::ChildProcess<std::function<int()>>> children;
  for (int number = 0; number < count; ++number) {
    bodies.emplace_back([&gate, &body, number] {
      gate.wait();
      return body(number);
    });
    children.emplace_back(bodies.back());
  }
  gate.open();
  int good = 0;
  for (auto& child : children) good += child.wait() == 0 ? 1 : 0;
  return good;
}

// Before a process's first use of the database: thirty on a busy machine take their time.
void wait_long(const std::filesystem::path& path) {
  (void)dblog::test::store_at(path, {.busy_timeout = std::chrono::minutes{1}});
}

std::string counts(const std::filesystem::path& path, const std::string& table) {
  return sqlite_shell(
      path, "SELECT count(*), count(DISTINCT msg) FROM " + table + "; PRAGMA integrity_check;");
}

}  // namespace

TEST_CASE("many writers: eight threads on three shared loggers lose nothing") {
  const TemporaryDirectory directory;
  EventLogger loggers[] = {EventLogger{"a", directory / "LOGS.db"},
                           EventLogger{"b", directory / "LOGS.db"},
                           EventLogger{"a", directory / "LOGS.db"}};
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int row = 0; row < 150; ++row) {
        const std::string message = std::to_string(thread) + "/" + std::to_string(row);
        const bool alert = row % 10 == 0;
        if (!loggers[row % 3].push_to_table(message, {.slack = alert, .hw_monitor = alert})) {
          ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(counts(directory / "LOGS.db", "a") == "800|800\nok");
  CHECK(counts(directory / "LOGS.db", "b") == "400|400\nok");
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*) FROM outbox; SELECT count(*) FROM hw_details;") ==
        "120\n120");
}

TEST_CASE(
    "many writers: each thread gets its row's id, and another's refused row costs it nothing") {
  const TemporaryDirectory directory;
  sqlite_shell(directory / "LOGS.db", "CREATE VIEW refused AS SELECT 1 AS id;");
  EventLogger good{"good", directory / "LOGS.db"};
  EventLogger refused{"refused", directory / "LOGS.db"};
  std::vector<std::thread> threads;
  std::atomic<int> wrongly_taken{0};
  std::vector<std::vector<std::string>> ids(6);
  for (std::size_t thread = 0; thread < ids.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int row = 0; row < 100; ++row) {
        const std::string message = std::to_string(thread) + "/" + std::to_string(row);
        const auto result = good.push_to_table(message);
        ids[thread].push_back(std::to_string(result.id) + "|" + message);
      }
    });
  }
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      for (int row = 0; row < 100; ++row) {
        if (refused.push_to_table("never")) ++wrongly_taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrongly_taken == 0);
  const std::string rows =
      '\n' + sqlite_shell(directory / "LOGS.db", "SELECT id, msg FROM good") + '\n';
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 601);
  for (const auto& of_thread : ids) {
    for (const std::string& row : of_thread)
      CHECK(rows.find('\n' + row + '\n') != std::string::npos);
  }
}

TEST_CASE("many writers: while the place comes and goes, what failed is not there, the rest once") {
  const TemporaryDirectory directory;
  const auto place = directory / "place";
  const auto elsewhere = directory / "elsewhere";
  std::filesystem::create_directory(place);
  EventLogger events{"t", place / "LOGS.db"};
  REQUIRE(events.push_to_table("first"));
  std::atomic<bool> is_over{false};
  std::thread mover{[&] {
    for (int round = 0; !is_over; ++round) {
      std::filesystem::rename(place, elsewhere);
      std::this_thread::sleep_for(std::chrono::microseconds{round * 37 % 400});
      std::filesystem::rename(elsewhere, place);
      std::this_thread::sleep_for(std::chrono::microseconds{round * 113 % 3'000});
    }
  }};
  std::vector<std::thread> threads;
  std::vector<std::set<std::string>> taken(6);
  for (std::size_t thread = 0; thread < taken.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int row = 0; row < 300; ++row) {
        std::string message = std::to_string(thread) + "/" + std::to_string(row);
        if (events.push_to_table(message)) taken[thread].insert(std::move(message));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  is_over = true;
  mover.join();
  std::size_t count = 1;
  for (const auto& of_thread : taken) count += of_thread.size();
  std::istringstream rows{sqlite_shell(place / "LOGS.db", "SELECT msg FROM t WHERE id > 1")};
  std::multiset<std::string> found;
  for (std::string row; std::getline(rows, row);) found.insert(row);
  CHECK(found.size() + 1 == count);
  for (const auto& of_thread : taken) {
    for (const std::string& message : of_thread) CHECK(found.count(message) == 1);
  }
}

TEST_CASE("many writers: eight processes on one database lose nothing") {
  const TemporaryDirectory directory;
  const int good = succeeded(8, [&](int process) {
    EventLogger events{"t", directory / "LOGS.db"};
    for (int row = 0; row < 200; ++row) {
      const auto result = events.push_to_table(std::to_string(process) + "/" + std::to_string(row));
      if (!result) return 1;
    }
    return 0;
  });
  CHECK(good == 8);
  CHECK(counts(directory / "LOGS.db", "t") == "1600|1600\nok");
}

TEST_CASE("many writers: thirty processes that start at once on a missing file all succeed") {
  for (int round = 0; round < 3; ++round) {
    const TemporaryDirectory directory;
    const int good = succeeded(30, [&](int process) {
      wait_long(directory / "LOGS.db");
      EventLogger events{"t", directory / "LOGS.db"};
      return events.push_to_table(std::to_string(process)) ? 0 : 1;
    });
    CHECK(good == 30);
    CHECK(counts(directory / "LOGS.db", "t") == "30|30\nok");
  }
}

TEST_CASE("many writers: thirty processes that start at once on an older database all succeed") {
  const TemporaryDirectory directory;
  sqlite_shell(directory / "LOGS.db",
               "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME);"
               "INSERT INTO t (msg) VALUES ('old');");
  const int good = succeeded(30, [&](int process) {
    wait_long(directory / "LOGS.db");
    EventLogger events{"t", directory / "LOGS.db"};
    return events.push_to_table(std::to_string(process)) ? 0 : 1;
  });
  CHECK(good == 30);
  CHECK(counts(directory / "LOGS.db", "t") == "31|31\nok");
}

TEST_CASE("many writers: processes that open, write and end all the time lose nothing") {
  const TemporaryDirectory directory;
  const int good = succeeded(6, [&](int process) {
    for (int row = 0; row < 15; ++row) {
      const int status = dblog::test::exit_status_of([&]() -> int {
        const std::string message = std::to_string(process) + "/" + std::to_string(row);
        const bool ok = EventLogger{"t", directory / "LOGS.db"}.push_to_table(message).ok;
        std::exit(ok ? 0 : 1);  // the last to close removes the log
      });
      if (status != 0) return 1;
    }
    return 0;
  });
  CHECK(good == 6);
  CHECK(counts(directory / "LOGS.db", "t") == "90|90\nok");
}
