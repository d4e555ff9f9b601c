// All that docs/architecture.md lists for a fork, together: handlers, queue, store and dates.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

using dblog::EventLogger;
using dblog::test::exit_status_of;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

TEST_CASE("fork: crash handlers, queue, store and dates of a child are its own, as the parent's") {
  const TemporaryDirectory directory;
  const auto database = directory / "LOGS.db";
  const int status = exit_status_of([&]() -> int {
    std::signal(SIGABRT, SIG_DFL);  // Catch's handler is not for this
    dblog::HandlerOptions options;
    options.database = database;
    options.delivery = dblog::Delivery::none;
    if (!dblog::install_handlers(options).recording) return 1;
    EventLogger events{"t", database};
    const auto push_both = [&](const std::string& who) {
      return events.push_to_table(who) && events.push_to_table(who, {.queued = true}) &&
             dblog::local_date_text(dblog::now()).size() == 26;
    };
    if (!push_both("parent before")) return 2;
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(60);
      if (!push_both("child") || !EventLogger::flush()) ::_exit(1);
      std::abort();
    }
    int end = 0;
    if (::waitpid(child, &end, 0) != child || !WIFSIGNALED(end) || WTERMSIG(end) != SIGABRT)
      return 3;
    if (sqlite_shell(database, "SELECT group_concat(pid) FROM crashes;") != std::to_string(child))
      return 4;
    if (!push_both("parent after")) return 5;
    std::exit(0);
  });
  CHECK(status == 0);
  CHECK(sqlite_shell(database,
                     "SELECT msg, count(*) FROM t GROUP BY msg ORDER BY msg; SELECT count(*) FROM "
                     "crashes; PRAGMA integrity_check;") ==
        "child|2\nparent after|2\nparent before|2\n1\nok");
  // What the child left is for the next run; the parent's are gone.
  const std::string child = '-' + sqlite_shell(database, "SELECT pid FROM crashes;") + '-';
  for (const auto& entry : std::filesystem::directory_iterator{directory.path()}) {
    const std::string name = entry.path().filename();
    INFO(name);
    CHECK((name.find("LOGS.db-") != 0 || name.find(child) != std::string::npos ||
           name == "LOGS.db-wal" || name == "LOGS.db-shm"));
  }
}
