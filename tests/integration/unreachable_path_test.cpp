// Programs that lose the way to their database while they have it open: what was opened goes on.
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

// The child pushes as it is, loses the way, pushes once more, and crashes. 40: not pushed.
int status_of_child(const fs::path& database, const std::function<bool()>& lose_the_way) {
  return dblog::test::exit_status_of([&] {
    dblog::HandlerOptions options;
    options.database = database;
    options.delivery = dblog::Delivery::none;
    options.print_to_stderr = false;
    dblog::install_handlers(options);
    dblog::EventLogger events{"t"};
    if (!events.push_to_table("before") || !lose_the_way()) return 41;
    if (!events.push_to_table("after")) return 40;
    ::raise(SIGSEGV);
    return 42;
  });
}

bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("skipped: only root can change its user or its root directory");
  return false;
}

void check_rows(const fs::path& database) {
  CHECK(sqlite_shell(database, "SELECT msg FROM t ORDER BY id;") == "before\nafter");
  CHECK(sqlite_shell(database, "SELECT signal_name FROM crashes;") == "SIGSEGV");
}

constexpr int kBySignal = -1;

}  // namespace

TEST_CASE("unreachable path: a program that drops root goes on with what root opened") {
  if (!is_root()) return;
  const TemporaryDirectory directory;
  REQUIRE(::chmod(directory.path().c_str(), 0700) == 0);
  const fs::path database = directory / "LOGS.db";
  CHECK(status_of_child(database, [] {
          constexpr uid_t kNobody = 65'534;
          return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
                 ::setresuid(kNobody, kNobody, kNobody) == 0;
        }) == kBySignal);
  check_rows(database);
}

TEST_CASE("unreachable path: a program that changes its root directory goes on") {
  if (!is_root()) return;
  const TemporaryDirectory directory;
  const fs::path jail = directory / "jail";
  fs::create_directory(jail);
  const fs::path database = directory / "LOGS.db";
  CHECK(status_of_child(database, [&] {
          return ::chroot(jail.c_str()) == 0 && ::chdir("/") == 0;
        }) == kBySignal);
  check_rows(database);
  CHECK(fs::is_empty(jail));
}

TEST_CASE("unreachable path: a renamed directory takes the program's rows along") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "old");
  CHECK(status_of_child(directory / "old/LOGS.db", [&] {
          fs::rename(directory / "old", directory / "new");
          return true;
        }) == kBySignal);
  check_rows(directory / "new/LOGS.db");
}

TEST_CASE("unreachable path: a push into a database that was deleted with its directory fails") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "old");
  CHECK(status_of_child(directory / "old/LOGS.db", [&] {
          fs::remove_all(directory / "old");
          return true;
        }) == 40);
}
