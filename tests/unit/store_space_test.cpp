// No room for rows: on the disk, or by the process's limit for files, which stands for it here.
#include <signal.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <string>

#include "tests/support/child_process.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::base::ErrorCode;
using dblog::store::Store;
using dblog::test::event_row;
using dblog::test::sqlite_shell;
using dblog::test::store_at;
using dblog::test::TemporaryDirectory;

using Clock = std::chrono::steady_clock;

bool limit_file_size(rlim_t bytes) {
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  return ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

// How often this process has read and written files so far; 0: the system does not tell.
long reads_and_writes() {
  std::ifstream file{"/proc/self/io"};
  long sum = 0;
  for (std::string name; file >> name;) {
    long count = 0;
    file >> count;
    if (name == "syscr:" || name == "syscw:") sum += count;
  }
  return sum;
}

}  // namespace

TEST_CASE("store: the error names a full disk, and the next row fits again when there is space") {
  const TemporaryDirectory directory;
  const std::string story = dblog::test::text_of_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    Store& store = store_at(directory / "LOGS.db");
    if (!store.append(event_row("t", "before")).ok()) return "no row before";
    if (!limit_file_size(300'000)) return "no limit";
    const auto full = store.append(event_row("t", std::string(1'000'000, 'x')));
    if (full.ok()) return "did not fail";
    if (full.error().code != ErrorCode::disk_full) return full.error().text();
    limit_file_size(RLIM_INFINITY);
    const auto after = store.append(event_row("t", "after"));
    return after.ok() ? "recovered" : after.error().text();
  });
  CHECK(story == "recovered");
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "before\nafter\nok");
}

TEST_CASE("store: a log that may not grow is emptied into the database, and goes on") {
  const TemporaryDirectory directory;
  const std::string story = dblog::test::text_of_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    Store& store = store_at(directory / "LOGS.db");
    limit_file_size(800'000);
    for (int i = 0; i < 200; ++i) {  // some 1.6 MB in the log
      const auto added = store.append(event_row("t", std::string(2'000, 'x')));
      if (!added.ok()) return std::to_string(i) + ": " + added.error().text();
    }
    return "all";
  });
  CHECK(story == "all");
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM t; PRAGMA integrity_check;") ==
        "200\nok");
}

TEST_CASE("store: a row that does not fit is refused without opening the database again") {
  const TemporaryDirectory directory;
  const std::string story = dblog::test::text_of_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    Store& store = store_at(directory / "LOGS.db");
    if (!store.append(event_row("t", "before")).ok()) return "no row before";
    limit_file_size(100'000);
    long reads = reads_and_writes();
    for (int i = 0; i < 50; ++i) {
      if (store.append(event_row("t", std::string(200'000, 'x'))).ok()) return "did not fail";
    }
    reads = reads_and_writes() - reads;
    return reads < 50 * 30 ? "cheap" : std::to_string(reads) + " reads and writes";
  });
  CHECK(story == "cheap");
}

TEST_CASE("store: a database that there is no room for is not made again for each row") {
  const TemporaryDirectory directory;
  const std::string story = dblog::test::text_of_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    Store& store = store_at(directory / "LOGS.db");
    limit_file_size(64 * 1024);
    const auto start = Clock::now();
    long first = reads_and_writes();
    if (store.append(event_row("t", "x")).ok()) return "did not fail";
    first = reads_and_writes() - first;
    long others = reads_and_writes();
    for (int i = 0; i < 200; ++i) {
      const auto refused = store.append(event_row("t", "x"));
      if (refused.ok() || refused.error().code != ErrorCode::disk_full) return "did not fail";
    }
    others = reads_and_writes() - others;
    const long seconds = std::chrono::ceil<std::chrono::seconds>(Clock::now() - start).count();
    if (others > first * (seconds + 1)) return std::to_string(others) + " reads and writes";
    limit_file_size(RLIM_INFINITY);
    return store.append(event_row("t", "after")).ok() ? "cheap" : "refused without a limit";
  });
  CHECK(story == "cheap");
}

TEST_CASE("store: a disk that is full at the first opening leaves nothing half made") {
  const TemporaryDirectory directory;
  const std::string story = dblog::test::text_of_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    for (rlim_t limit = 0; limit < 80'000; limit += 1'500) {
      limit_file_size(limit);
      const auto full = store_at(directory / "LOGS.db").append(event_row("t", "x"));
      if (!full.ok() && full.error().code != ErrorCode::disk_full) return full.error().text();
    }
    limit_file_size(RLIM_INFINITY);
    const auto after = store_at(directory / "LOGS.db").append(event_row("t", "after"));
    return after.ok() ? "recovered" : after.error().text();
  });
  CHECK(story == "recovered");
  CHECK(sqlite_shell(directory / "LOGS.db", "PRAGMA integrity_check;") == "ok");
}
