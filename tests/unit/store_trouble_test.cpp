// Databases that cannot be used, or not now: what append says, and that nothing is damaged.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using dblog::base::Error;
using dblog::base::ErrorCode;
using dblog::store::Store;
using dblog::test::bytes_of;
using dblog::test::event_row;
using dblog::test::sqlite_shell;
using dblog::test::store_at;
using dblog::test::TemporaryDirectory;
using dblog::test::write_bytes;

using Clock = std::chrono::steady_clock;

Error error_of(Store& store) {
  const auto refused = store.append(event_row("t", "x"));
  REQUIRE_FALSE(refused.ok());
  return refused.error();
}

}  // namespace

TEST_CASE("store: a file that is no database is refused and stays as it is") {
  const TemporaryDirectory directory;
  for (const std::string& content : {std::string("hello"), std::string(100'000, 'x'),
                                     "SQLite format 3" + std::string(5'000, '\0')}) {
    write_bytes(directory / "LOGS.db", content);
    const Error error = error_of(store_at(directory / "LOGS.db"));
    CHECK(error.code == ErrorCode::not_a_database);
    CHECK(bytes_of(directory / "LOGS.db") == content);
  }
}

TEST_CASE("store: a file that was no database is used once it is gone") {
  const TemporaryDirectory directory;
  write_bytes(directory / "LOGS.db", "no database");
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(error_of(store).code == ErrorCode::not_a_database);
  fs::remove(directory / "LOGS.db");
  CHECK(store.append(event_row("t", "x")).ok());
}

TEST_CASE("store: the error names a damaged database, which is not made worse") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "LOGS.db";
  sqlite_shell(path,
               "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME);"
               "INSERT INTO t (msg) VALUES ('old');");
  std::string bytes = bytes_of(path);
  bytes.replace(4'096, 4'096, 4'096, '\xEE');  // the root page of t
  write_bytes(path, bytes);
  Store& store = store_at(path);
  const Error error = error_of(store);
  CHECK(error.code == ErrorCode::not_a_database);
  CHECK(error.why.find("damaged") != std::string::npos);
  CHECK(bytes_of(path).substr(4'096, 4'096) == bytes.substr(4'096, 4'096));
}

TEST_CASE("store: a database that another program holds is busy after the time-out") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db", {.busy_timeout = 50ms});
  REQUIRE(store.append(event_row("t", "1")).ok());
  {
    const dblog::test::LockingShell other(directory / "LOGS.db");
    const auto start = Clock::now();
    CHECK(error_of(store).code == ErrorCode::busy);
    const auto waited = Clock::now() - start;
    CHECK(waited >= 50ms);
    CHECK(waited < 1min);  // the other holds it for as long as it lives
  }
  CHECK(store.append(event_row("t", "2")).value() == 2);
}

TEST_CASE("store: an older database that another program holds is busy, and made ours later") {
  const TemporaryDirectory directory;
  sqlite_shell(directory / "LOGS.db", "CREATE TABLE old (x);");
  Store& store = store_at(directory / "LOGS.db", {.busy_timeout = 50ms});
  {
    const dblog::test::LockingShell other(directory / "LOGS.db");
    CHECK(error_of(store).code == ErrorCode::busy);
  }
  CHECK(store.append(event_row("t", "1")).ok());
}

TEST_CASE("store: threads that wait for a locked database wait together, not one after another") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db", {.busy_timeout = 1s});
  REQUIRE(store.open().ok());
  const dblog::test::LockingShell other(directory / "LOGS.db");
  constexpr int kThreads = 64;
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] { (void)store.append(event_row("t", "x")); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(Clock::now() - start < 1s * kThreads);  // one after another: no less
}

TEST_CASE(
    "store: a thread that waits behind another's work has its time for the database after it") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db", {.busy_timeout = 3s});
  REQUIRE(store.open().ok());
  std::optional<dblog::test::LockingShell> other{directory / "LOGS.db"};
  std::atomic<bool> is_working{false};
  std::atomic<bool> is_waiting{false};
  bool is_maintained = false;
  std::thread busy{[&] {
    const auto failure = store.maintain(
        [&](SQLite::Database&) {
          is_working.store(true);
          is_working.notify_all();
          is_waiting.wait(false);
          std::this_thread::sleep_for(3100ms);  // longer than the one behind would wait
        },
        Clock::now() + 30s);
    is_maintained = !failure;
  }};
  is_working.wait(false);
  bool is_appended = false;
  std::thread behind{[&] {
    is_waiting.store(true);
    is_waiting.notify_all();
    is_appended = store.append(event_row("t", "x")).ok();
  }};
  busy.join();
  other.reset();
  behind.join();
  CHECK(is_maintained);
  CHECK(is_appended);
}

TEST_CASE("store: the error names a table without ids left, and no full disk") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("t", "x")).ok());
  sqlite_shell(directory / "LOGS.db", "UPDATE sqlite_sequence SET seq = 9223372036854775807;");
  auto with_message = event_row("T", "x");
  with_message.alert = dblog::store::AlertRow{{"slack"}, "s"};
  for (const auto& row : {event_row("t", "x"), with_message}) {
    const auto refused = store.append(row);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().why ==
          '"' + row.table.text() +
              "\" has no ids left: its seq in sqlite_sequence is 9223372036854775807; lower that, "
              "or use another table");
  }
  CHECK(store.append(event_row("another", "x")).ok());
  sqlite_shell(directory / "LOGS.db", "UPDATE sqlite_sequence SET seq = 1;");
  CHECK(store.append(event_row("t", "x")).ok());
}

TEST_CASE("store: the error names a file that is not writable, with what to do") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "LOGS.db";
  sqlite_shell(path, "CREATE TABLE t (x);");
  ::chmod(path.c_str(), 0444);
  ::chmod(directory.path().c_str(), 0777);
  const std::string before = bytes_of(path);
  const std::string text = dblog::test::text_of_child([&]() -> std::string {
    if (::geteuid() == 0 && ::chown(path.c_str(), 65'534, 65'534) != 0) return "no chown";
    dblog::test::become_unprivileged();
    const auto refused = store_at(path).append(event_row("t", "x"));
    return refused.ok() ? "written" : refused.error().text();
  });
  CHECK(text == path.native() +
                    ": the file is not writable; change its permissions or set $DBLOG_DB to "
                    "another place");
  CHECK(bytes_of(path) == before);
}

TEST_CASE("store: the error names root as the owner of a database that this user cannot write") {
  if (::geteuid() != 0) {
    WARN("skipped: only root has files of root's");
    return;
  }
  const TemporaryDirectory directory;
  const fs::path path = directory / "LOGS.db";
  sqlite_shell(path, "CREATE TABLE t (x);");
  ::chmod(path.c_str(), 0644);
  ::chmod(directory.path().c_str(), 0777);
  const std::string text = dblog::test::text_of_child([&]() -> std::string {
    dblog::test::become_unprivileged();
    const auto refused = store_at(path).append(event_row("t", "x"));
    return refused.ok() ? "written" : refused.error().text();
  });
  CHECK_THAT(text, Catch::Contains(": belongs to root; run 'sudo chown ") &&
                       Catch::Contains(path.native() + "*'"));
}

TEST_CASE("store: the error names a directory that is not writable under a database") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "LOGS.db";
  sqlite_shell(path, "CREATE TABLE x (x);");
  ::chmod(directory.path().c_str(), 0755);
  const std::string text = dblog::test::text_of_child([&]() -> std::string {
    constexpr uid_t kNobody = 65'534;
    if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), kNobody, kNobody) == 0);
    ::chmod(directory.path().c_str(), 0555);
    dblog::test::become_unprivileged();
    const auto refused = store_at(path).append(event_row("t", "x"));
    return refused.ok() ? "written" : refused.error().text();
  });
  ::chmod(directory.path().c_str(), 0755);
  CHECK(text.starts_with(path.native() + ": the directory is not writable"));
}

TEST_CASE("store: a process without free descriptors is told so, and goes on when it has some") {
  const TemporaryDirectory directory;
  const std::string story = dblog::test::text_of_child([&]() -> std::string {
    Store& store = store_at(directory / "LOGS.db");
    const rlimit before = [] {
      rlimit limit{};
      ::getrlimit(RLIMIT_NOFILE, &limit);
      return limit;
    }();
    rlimit none = before;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
    const auto refused = store.append(event_row("t", "x"));
    ::setrlimit(RLIMIT_NOFILE, &before);
    if (refused.ok()) return "did not fail";
    return refused.error().why + (store.append(event_row("t", "x")).ok() ? " / ok" : " / failed");
  });
  CHECK(story == "too many open files; raise the limit (ulimit -n) / ok");
}

TEST_CASE("store: after its files were deleted, rows go to a new database") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("t", "old")).ok());
  for (const char* name : {"LOGS.db", "LOGS.db-wal", "LOGS.db-shm"}) fs::remove(directory / name);
  CHECK(store.append(event_row("t", "new")).value() == 1);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "new\nok");
}

TEST_CASE(
    "store: after the database alone was deleted, its old log is not taken for the new one's") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("t", "old")).ok());
  fs::remove(directory / "LOGS.db");
  CHECK(store.append(event_row("t", "new")).value() == 1);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "new\nok");
}

TEST_CASE("store: a database that is moved away takes its rows along") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.append(event_row("t", "1")).ok());
  REQUIRE(store.append(event_row("t", "2")).ok());
  fs::rename(directory / "LOGS.db", directory / "January.db");
  REQUIRE(store.append(event_row("t", "3")).value() == 1);
  CHECK(sqlite_shell(directory / "January.db", "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "1\n2\nok");
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "3\nok");
}

// `cp` empties the file before it writes. A store that cannot wait leaves the file alone.
TEST_CASE("store: a database that was emptied or overwritten a moment ago may still be written") {
  for (const std::string& content : {std::string(), std::string(8'192, 'x')}) {
    const TemporaryDirectory directory;
    const fs::path path = directory / "LOGS.db";
    Store& store = store_at(path, {.busy_timeout = 50ms});
    REQUIRE(store.append(event_row("t", "1")).ok());
    struct stat before {};
    REQUIRE(::stat(path.c_str(), &before) == 0);
    write_bytes(path, content);
    CHECK(error_of(store).code == ErrorCode::busy);
    CHECK(error_of(store).why.find("copying") != std::string::npos);
    struct stat after {};
    REQUIRE(::stat(path.c_str(), &after) == 0);
    CHECK(after.st_ino == before.st_ino);
    CHECK(after.st_size == static_cast<off_t>(content.size()));
  }
}

TEST_CASE("store: without its directory a store fails, and goes on when it is back") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "d");
  Store& store = store_at(directory / "d/LOGS.db");
  REQUIRE(store.append(event_row("t", "1")).ok());
  fs::remove_all(directory / "d");
  CHECK(error_of(store).code == ErrorCode::not_found);
  fs::create_directory(directory / "d");
  CHECK(store.append(event_row("t", "2")).value() == 1);
}
