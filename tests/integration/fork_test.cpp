// fork() while the database is in use: both sides go on, and no rows are lost.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include "dblog/event_logger.hpp"
#include "dblog/monitor.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/start_gate.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using dblog::EventLogger;
using dblog::test::exit_status_of;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

std::string counts(const std::filesystem::path& path) {
  return sqlite_shell(path, "SELECT count(*), count(DISTINCT msg) FROM t; PRAGMA integrity_check;");
}

// Handlers of fork() from before the library's own are called inside of them, later ones outside.
std::atomic<EventLogger*> logger_of_handlers{nullptr};
std::atomic<int> refused_by_fork{0}, failed_in_fork{0};

void push_from_early_handler() {
  EventLogger* const events = logger_of_handlers.load();
  if (events == nullptr) return;
  if (events->push_to_table("early").error.find("fork()") != std::string::npos) ++refused_by_fork;
}

void push_from_handler() {
  EventLogger* const events = logger_of_handlers.load();
  if (events != nullptr && !events->push_to_table("handler")) ++failed_in_fork;
}

[[gnu::constructor(101)]] void register_early() {
  ::pthread_atfork(&push_from_early_handler, &push_from_early_handler, &push_from_early_handler);
}

std::mutex program_lock;
std::atomic<bool> is_lock_wanted{false};

void lock_in_fork() {
  if (is_lock_wanted) program_lock.lock();
}

void unlock_after_fork() {
  if (is_lock_wanted) program_lock.unlock();
}

[[gnu::constructor]] void register_later() {
  ::pthread_atfork(&lock_in_fork, &unlock_after_fork, &unlock_after_fork);
  ::pthread_atfork(&push_from_handler, &push_from_handler, &push_from_handler);
}

}  // namespace

TEST_CASE("fork: a child writes with the parent's logger, and the parent goes on") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("parent before"));
  CHECK(exit_status_of([&] { return events.push_to_table("child") ? 0 : 1; }) == 0);
  REQUIRE(events.push_to_table("parent after"));
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t;") ==
        "parent before\nchild\nparent after");
}

// A daemon: the process that opened the database ends first. Its end must not take the log from
// under the child, as it does if the child believes in locks that only its parent had.
TEST_CASE("fork: a child keeps its rows when the parent ends cleanly before it") {
  const TemporaryDirectory directory;
  const dblog::test::StartGate parent_ended;
  int done[2];
  REQUIRE(::pipe(done) == 0);
  const int status = exit_status_of([&]() -> int {
    EventLogger events{"t", directory / "LOGS.db"};
    if (!events.push_to_table("parent")) return 1;
    if (::fork() == 0) {
      if (!events.push_to_table("child 1")) ::_exit(1);
      parent_ended.wait();
      const bool ok = events.push_to_table("child 2").ok;
      if (::write(done[1], ok ? "1" : "0", 1) != 1) ::_exit(1);
      ::_exit(0);
    }
    std::exit(0);
  });
  CHECK(status == 0);
  CHECK(EventLogger("t", directory / "LOGS.db").push_to_table("stranger").ok);
  const_cast<dblog::test::StartGate&>(parent_ended).open();
  char ok = 0;
  REQUIRE(::read(done[0], &ok, 1) == 1);
  CHECK(ok == '1');
  ::close(done[0]);
  ::close(done[1]);
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*) FROM t WHERE msg IN ('parent', "
                     "'child 1', 'child 2', 'stranger'); PRAGMA "
                     "integrity_check;") == "4\nok");
}

TEST_CASE("fork: a push that waits for a lock does not hold up a fork") {
  const TemporaryDirectory directory;
  auto& store = dblog::test::store_at(directory / "LOGS.db", {.busy_timeout = 60s});
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("1"));
  std::atomic<bool> is_done{false};
  std::string error;
  std::thread waiting;
  {
    const dblog::test::LockingShell other(directory / "LOGS.db");
    waiting = std::thread([&] {
      const auto id = store.append(dblog::test::event_row("t", "2"));
      if (!id) error = id.error().text();
      is_done = true;
    });
    const auto start = std::chrono::steady_clock::now();
    constexpr int kForks = 20;
    for (int i = 0; i < kForks; ++i) CHECK(exit_status_of([] { return 0; }) == 0);
    CHECK(std::chrono::steady_clock::now() - start < 2s * kForks);  // if they waited: no less
    CHECK_FALSE(is_done);
  }
  waiting.join();
  CHECK(error == "");
  CHECK(counts(directory / "LOGS.db") == "2|2\nok");
}

TEST_CASE("fork: a child without fork()'s handlers is refused, not let near the parent's state") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("parent"));
  int status = -1;
  const auto child = static_cast<pid_t>(::syscall(SYS_fork));
  if (child == 0) {
    const auto result = events.push_to_table("child");
    ::_exit(!result.ok && result.error.find("exec()") != std::string::npos ? 0 : 1);
  }
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  REQUIRE(events.push_to_table("parent again"));
  CHECK(counts(directory / "LOGS.db") == "2|2\nok");
}

// A thread inside localtime_r() holds glibc's time zone lock, which stays locked in the child.
TEST_CASE("fork: a child has the right local time whatever the parent's threads were doing") {
  const dblog::Timestamp date = dblog::now();
  const std::string expected = dblog::local_date_text(date);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (std::time_t time = 0; !stop; ++time) {
        std::tm local{};
        ::localtime_r(&time, &local);
      }
    });
  }
  int good = 0;
  for (int i = 0; i < 100; ++i) {
    good += exit_status_of([&] {
              ::alarm(5);
              return dblog::local_date_text(date) == expected ? 0 : 1;
            }) == 0
                ? 1
                : 0;
    if (good <= i) break;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 100);
}

TEST_CASE("fork: a monitor works in the child") {
  const TemporaryDirectory directory;
  dblog::Monitor monitor{directory / "LOGS.db"};
  REQUIRE(monitor.monitor("parent"));
  CHECK(exit_status_of([&] { return monitor.monitor("child") ? 0 : 1; }) == 0);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(DISTINCT pid) FROM hw_logs;") == "2");
}

TEST_CASE("fork: handlers of fork() can push, or are refused, and no process hangs") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("before"));
  logger_of_handlers = &events;
  const int status = exit_status_of([&] {
    logger_of_handlers = nullptr;
    const bool is_right = refused_by_fork == 2 && failed_in_fork == 0;
    return is_right && events.push_to_table("child") ? 0 : 1;
  });
  logger_of_handlers = nullptr;
  CHECK(status == 0);
  CHECK(refused_by_fork == 2);  // before the fork, and after it in this process
  CHECK(failed_in_fork == 0);
  CHECK(events.push_to_table("after"));
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*), sum(msg = 'handler') FROM t; PRAGMA integrity_check;") ==
        "6|3\nok");
}

// As the C library and many programs do with locks of their own.
TEST_CASE("fork: a handler of fork() may wait for a thread that pushes") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("first"));
  is_lock_wanted = true;
  std::atomic<bool> stop{false};
  std::thread pusher{[&] {
    while (!stop) {
      const std::lock_guard lock(program_lock);
      (void)events.push_to_table("x");
    }
  }};
  for (int i = 0; i < 20; ++i) CHECK(exit_status_of([] { return 0; }) == 0);
  stop = true;
  pusher.join();
  is_lock_wanted = false;
}
