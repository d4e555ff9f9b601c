// What a program leaves behind when it ends.
#include <sys/resource.h>
#include <catch2/catch.hpp>

#include <cstdlib>

#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

using dblog::EventLogger;
using dblog::test::exit_status_of;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

TEST_CASE("exit: a clean end leaves the database file alone, with all rows") {
  const TemporaryDirectory directory;
  CHECK(exit_status_of([&]() -> int {
          if (!EventLogger{"t", directory / "LOGS.db"}.push_to_table("x")) return 1;
          std::exit(0);
        }) == 0);
  CHECK(std::filesystem::exists(directory / "LOGS.db"));
  CHECK_FALSE(std::filesystem::exists(directory / "LOGS.db-wal"));
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t;") == "x");
}

TEST_CASE("exit: a limit on file sizes that the database is over changes no exit status") {
  const TemporaryDirectory directory;
  {
    EventLogger events{"t", directory / "LOGS.db"};
    REQUIRE(events.push_to_table(std::string(2'000'000, 'x')));
    sqlite_shell(directory / "LOGS.db", "PRAGMA wal_checkpoint(TRUNCATE)");
  }
  CHECK(exit_status_of([&]() -> int {
          const rlimit limit{1'000'000, 1'000'000};
          if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
          (void)dblog::install_handlers({.database = directory / "LOGS.db"});
          EventLogger events{"t", directory / "LOGS.db"};
          for (int i = 0; i < 50; ++i) (void)events.push_to_table("y");
          std::exit(7);
        }) == 7);
}

TEST_CASE("exit: the file can be copied alone although another process has it open") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("ours"));
  CHECK(exit_status_of([&]() -> int {
          if (!EventLogger{"t", directory / "LOGS.db"}.push_to_table("theirs")) return 1;
          std::exit(0);
        }) == 0);
  std::filesystem::copy_file(directory / "LOGS.db", directory / "copy.db");
  CHECK(sqlite_shell(directory / "copy.db", "SELECT msg FROM t;") == "ours\ntheirs");
}

TEST_CASE("exit: rows of a process that is killed are there") {
  const TemporaryDirectory directory;
  CHECK(exit_status_of([&]() -> int {
          if (!EventLogger{"t", directory / "LOGS.db"}.push_to_table("x")) return 1;
          ::kill(::getpid(), SIGKILL);
          return 2;
        }) == -1);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "x\nok");
}

TEST_CASE("exit: an object that is destroyed after main can still log") {
  const TemporaryDirectory directory;
  const std::string command =
      "DBLOG_DB='" + (directory / "LOGS.db").native() + "' '" EXIT_PROGRAM "'";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "main\ndestructor\nok");
}
