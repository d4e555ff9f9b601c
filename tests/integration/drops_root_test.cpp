// Daemons that start as root and give that up before they log: they log into the database that is
// root's all the same.
#include <grp.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <functional>

#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("skipped: only root can change its user");
  return false;
}

bool drop_root() {
  constexpr uid_t kNobody = 65'534;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
         ::setresuid(kNobody, kNobody, kNobody) == 0;
}

// Of a daemon with handlers, in a directory that only root may enter.
int status_of_daemon(const fs::path& database, const std::function<int()>& work) {
  REQUIRE(::chmod(database.parent_path().c_str(), 0700) == 0);
  return dblog::test::exit_status_of([&] {
    ::signal(SIGSEGV, SIG_DFL);  // not the test framework's
    dblog::HandlerOptions options;
    options.database = database;
    options.delivery = dblog::Delivery::none;
    options.print_to_stderr = false;
    return dblog::install_handlers(options).recording ? work() : 99;
  });
}

}  // namespace

TEST_CASE("drops root: the first event may come afterwards") {
  if (!is_root()) return;
  const TemporaryDirectory directory;
  const fs::path database = directory / "LOGS.db";
  CHECK(status_of_daemon(database, [] {
          if (!drop_root()) return 1;
          if (!dblog::EventLogger{"t"}.push_to_table("committed")) return 2;
          dblog::EventLogger queued{"t", {.queued = true}};
          return queued.push_to_table("queued") && dblog::EventLogger::flush() ? 0 : 3;
        }) == 0);
  CHECK(sqlite_shell(database, "SELECT msg FROM t ORDER BY id;") == "committed\nqueued");
}

TEST_CASE("drops root: a forked worker logs and crashes into the database of its parent") {
  if (!is_root()) return;
  const TemporaryDirectory directory;
  const fs::path database = directory / "LOGS.db";
  CHECK(status_of_daemon(database, [] {
          dblog::EventLogger events{"t"};
          if (!events.push_to_table("parent")) return 1;
          constexpr int kBySignal = -1;
          const int worker = dblog::test::exit_status_of([&] {
            if (!drop_root() || !events.push_to_table("worker")) return 2;
            return ::raise(SIGSEGV);
          });
          return worker == kBySignal && events.push_to_table("parent again") ? 0 : 3;
        }) == 0);
  CHECK(sqlite_shell(database, "SELECT msg FROM t ORDER BY id;") == "parent\nworker\nparent again");
  CHECK(sqlite_shell(database, "SELECT signal_name FROM crashes;") == "SIGSEGV");
}

// fork() closes connections that can be opened again. The child has none, and says so.
TEST_CASE("drops root: a daemon that forks afterwards goes on with what it opened") {
  if (!is_root()) return;
  const TemporaryDirectory directory;
  const fs::path database = directory / "LOGS.db";
  CHECK(status_of_daemon(database, [] {
          dblog::EventLogger events{"t"};
          if (!events.push_to_table("root") || !drop_root()) return 1;
          const int child =
              dblog::test::exit_status_of([&] { return events.push_to_table("child") ? 2 : 0; });
          return child == 0 && events.push_to_table("without root") ? 0 : 3;
        }) == 0);
  CHECK(sqlite_shell(database, "SELECT msg FROM t ORDER BY id;") == "root\nwithout root");
  CHECK(sqlite_shell(database, "PRAGMA integrity_check;") == "ok");
}

// In exclusive locking mode, in which no other process may even open it.
TEST_CASE("drops root: a database that another program holds does not hold up the change of user") {
  if (!is_root()) return;
  const TemporaryDirectory directory;
  const fs::path database = directory / "LOGS.db";
  const fs::path held = directory / "held.db";
  REQUIRE(dblog::EventLogger{"t", {.database = held}}.push_to_table("before"));
  CHECK(status_of_daemon(database, [&] {
          dblog::EventLogger events{"t", {.database = held}};
          if (!events.push_to_table("parent")) return 1;
          const auto worker = [&] {  // born without a connection of its own
            sqlite3* other = nullptr;
            if (::sqlite3_open(held.c_str(), &other) != SQLITE_OK ||
                ::sqlite3_exec(other,
                               "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; "
                               "CREATE TABLE other(a); COMMIT",
                               nullptr, nullptr, nullptr) != SQLITE_OK) {
              return 2;
            }
            return dblog::test::exit_status_of([] {
              constexpr int kRequests = 100;
              for (int i = 0; i < kRequests; ++i) {
                if (::seteuid(1) != 0 || ::seteuid(0) != 0) return 3;
              }
              return drop_root() ? 0 : 4;
            });
          };
          return dblog::test::exit_status_of(worker);
        }) == 0);
}
