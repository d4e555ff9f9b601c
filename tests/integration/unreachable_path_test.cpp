// Programs that lose the way to their database while they have it open: what was opened goes on.
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "src/recovery/recovery.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

enum class End { crash, exit, kill };
constexpr int kBySignal = -1;

// The child pushes as it is, loses the way, pushes once more, and ends. 40: not pushed.
int status_of_child(const fs::path& database, const std::function<bool()>& lose_the_way, End end) {
  return dblog::test::exit_status_of([&] {
    dblog::HandlerOptions options;
    options.database = database;
    options.delivery = dblog::Delivery::none;
    options.print_to_stderr = false;
    dblog::install_handlers(options);
    dblog::EventLogger events{"t"};
    const auto push_both = [&](const std::string& when) {
      return events.push_to_table(when) &&
             events.push_to_table(when + ", queued", {.queued = true}) &&
             dblog::EventLogger::flush(std::chrono::minutes{1});
    };
    if (!push_both("before") || !lose_the_way()) return 41;
    if (!push_both("after")) return 40;
    if (end == End::exit) std::exit(0);
    ::raise(end == End::crash ? SIGSEGV : SIGKILL);
    return 42;
  });
}

bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("skipped: only root can change its user, its root directory or its mounts");
  return false;
}

std::string files_in(const fs::path& directory, const std::string& start) {
  std::string names;
  for (const auto& entry : fs::directory_iterator{directory}) {
    const std::string name = entry.path().filename();
    if (name.starts_with(start)) names += name + '\n';
  }
  return names;
}

// Of a directory that the process may still write, and of one that it may not.
enum class Files { go, stay };

void check(const fs::path& database, End end, Files files) {
  const fs::path place = database.parent_path();
  if (end != End::kill && files == Files::go) CHECK(files_in(place, "LOGS.db-box") == "");
  if (end == End::exit && files == Files::go) CHECK(files_in(place, "LOGS.db-queue") == "");
  REQUIRE(dblog::test::exit_status_of([&] {
            return dblog::recovery::open_and_recover(database, std::chrono::minutes{1}) ? 0 : 1;
          }) == 0);
  CHECK(files_in(place, "LOGS.db-box") + files_in(place, "LOGS.db-queue") == "");
  CHECK(sqlite_shell(database, "SELECT msg FROM t ORDER BY id;") ==
        "before\nbefore, queued\nafter\nafter, queued");
  CHECK(sqlite_shell(database, "SELECT kind, signal_name FROM crashes;") ==
        (end == End::crash  ? "signal|SIGSEGV"
         : end == End::kill ? "killed|"
                            : ""));
}

constexpr End kEnds[] = {End::crash, End::exit, End::kill};

int status_of(End end) { return end == End::exit ? 0 : kBySignal; }

}  // namespace

TEST_CASE("unreachable path: a program that drops root goes on with what root opened") {
  if (!is_root()) return;
  for (const End end : kEnds) {
    const TemporaryDirectory directory;
    REQUIRE(::chmod(directory.path().c_str(), 0700) == 0);
    const fs::path database = directory / "LOGS.db";
    const auto drop_root = [] {
      constexpr uid_t kNobody = 65'534;
      return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
             ::setresuid(kNobody, kNobody, kNobody) == 0;
    };
    CHECK(status_of_child(database, drop_root, end) == status_of(end));
    check(database, end, Files::stay);
  }
}

TEST_CASE("unreachable path: a program that changes its root directory goes on") {
  if (!is_root()) return;
  for (const End end : kEnds) {
    const TemporaryDirectory directory;
    const fs::path jail = directory / "jail";
    fs::create_directory(jail);
    const fs::path database = directory / "LOGS.db";
    const auto enter_jail = [&] { return ::chroot(jail.c_str()) == 0 && ::chdir("/") == 0; };
    CHECK(status_of_child(database, enter_jail, end) == status_of(end));
    check(database, end, Files::go);
    CHECK(fs::is_empty(jail));
  }
}

TEST_CASE("unreachable path: a program that has mounts of its own goes on") {
  if (!is_root()) return;
  for (const End end : kEnds) {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "data");
    const fs::path database = directory / "data/LOGS.db";
    constexpr int kNotAllowed = 43;
    const auto hide_directory = [&] {
      if (::unshare(CLONE_NEWNS) != 0) ::_exit(kNotAllowed);
      return ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
             ::mount("none", directory.path().c_str(), "tmpfs", 0, nullptr) == 0;
    };
    const int status = status_of_child(database, hide_directory, end);
    if (status == kNotAllowed) {
      WARN("skipped: mounts of one's own are not allowed here");
      return;
    }
    CHECK(status == status_of(end));
    check(database, end, Files::go);
  }
}

TEST_CASE("unreachable path: a renamed directory takes the program's rows along") {
  for (const End end : kEnds) {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "old");
    const auto rename_it = [&] {
      fs::rename(directory / "old", directory / "new");
      return true;
    };
    CHECK(status_of_child(directory / "old/LOGS.db", rename_it, end) == status_of(end));
    check(directory / "new/LOGS.db", end, Files::go);
  }
}

TEST_CASE("unreachable path: a push into a database that was deleted with its directory fails") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "old");
  const auto delete_it = [&] {
    fs::remove_all(directory / "old");
    return true;
  };
  CHECK(status_of_child(directory / "old/LOGS.db", delete_it, End::crash) == 40);
}
