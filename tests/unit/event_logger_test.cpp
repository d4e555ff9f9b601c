#include "dblog/event_logger.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

#include "src/api/default_database.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::Event;
using dblog::EventLogger;
using dblog::PushResult;
using dblog::test::CapturedStderr;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

struct TimeZone {
  explicit TimeZone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~TimeZone() {
    unsetenv("TZ");
    tzset();
  }
};

// What a user's program has that asks for no database by name.
struct DefaultDatabase {
  explicit DefaultDatabase(const fs::path& path) { dblog::api::set_default_database(path); }
  ~DefaultDatabase() { dblog::api::set_default_database({}); }
};

}  // namespace

TEST_CASE("event logger: a pushed message is a row with the time of now") {
  const TemporaryDirectory directory;
  EventLogger events{"error_table", directory / "LOGS.db"};
  const std::string before = dblog::local_date_text(dblog::now());
  const PushResult result = events.push_to_table("Error: division by zero");
  CHECK(result);
  CHECK(result.id == 1);
  CHECK(result.error.empty());
  const std::string row = sqlite_shell(directory / "LOGS.db", "SELECT msg, date FROM error_table;");
  CHECK(row >= "Error: division by zero|" + before);
  CHECK(row <= "Error: division by zero|" + dblog::local_date_text(dblog::now()));
}

TEST_CASE("event logger: an event keeps its own date") {
  const TemporaryDirectory directory;
  const TimeZone zone{"UTC"};
  EventLogger events{"t", directory / "LOGS.db"};
  const Event event{"x", 1, dblog::Timestamp{std::chrono::microseconds{1'000'007}}};
  REQUIRE(events.push_to_table(event));
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT date FROM t;") == "1970-01-01 00:00:01.000007");
}

TEST_CASE("event logger: an exception is pushed with its type and causes") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  try {
    try {
      throw std::out_of_range("index 7");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("cannot load"));
    }
  } catch (const std::exception& error) {
    REQUIRE(events.push_to_table(error));
  }
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t;") ==
        "std::runtime_error: cannot load\ncaused by: std::out_of_range: index 7");
}

TEST_CASE("event logger: a hardware snapshot is of the event's process and has its message") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("why", {.hw_monitor = true}));
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT task, pid, CAST(memory AS INTEGER) > 1000000, hw_logs.date = t.date, "
                     "threads >= 1 FROM hw_logs, t, hw_details WHERE hw_log_id = hw_logs.id;") ==
        "why|" + std::to_string(::getpid()) + "|1|1|1");
}

TEST_CASE("event logger: the event of a process that is gone is kept, without a snapshot") {
  const TemporaryDirectory directory;
  const CapturedStderr captured(directory / "stderr");
  EventLogger events{"t", directory / "LOGS.db"};
  const Event event{"late", 0x7FFFFFFF};
  CHECK(events.push_to_table(event, {.hw_monitor = true}));
  CHECK(events.push_to_table(event, {.hw_monitor = true}));
  CHECK(captured.text() ==
        "dblog: table t: row without hardware snapshot: process 2147483647: there is no such "
        "process\n");
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*) FROM t; SELECT count(*) FROM "
                     "hw_logs;") == "2\n0");
}

TEST_CASE("event logger: slack and email put a message each into the outbox") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("quiet"));
  REQUIRE(events.push_to_table("loud\nsecond line", {.slack = true, .email = true}));
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT channel, subject, state, source_table, source_id FROM outbox;") ==
        "slack|t: loud|pending|t|2\nemail|t: loud|pending|t|2");
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*) FROM outbox WHERE body = 'loud\nsecond line';") == "2");
}

TEST_CASE("event logger: a refused name touches no file and makes one line on stderr") {
  const TemporaryDirectory directory;
  const CapturedStderr captured(directory / "stderr");
  EventLogger events{"no good", directory / "LOGS.db"};
  for (int i = 0; i < 3; ++i) {
    const PushResult result = events.push_to_table("x");
    CHECK_FALSE(result);
    CHECK(result.id == 0);
    CHECK(result.error.find("\"no good\" cannot be a table name") == 0);
  }
  CHECK(captured.text() == "dblog: table no good: " + events.push_to_table("x").error + "\n");
  CHECK_FALSE(fs::exists(directory / "LOGS.db"));
}

TEST_CASE("event logger: warns again of a failure after things went well in between") {
  const TemporaryDirectory directory;
  const CapturedStderr captured(directory / "stderr");
  EventLogger events{"t", directory / "d/LOGS.db"};
  CHECK_FALSE(events.push_to_table("1"));
  CHECK_FALSE(events.push_to_table("2"));
  fs::create_directory(directory / "d");
  CHECK(events.push_to_table("3"));
  fs::remove_all(directory / "d");
  const PushResult result = events.push_to_table("4");
  CHECK_FALSE(result);
  const std::string line = "dblog: table t: " + result.error + "\n";
  CHECK(captured.text() == line + line);
}

TEST_CASE("event logger: one that was moved from fails, the other goes on") {
  const TemporaryDirectory directory;
  EventLogger first{"t", directory / "LOGS.db"};
  EventLogger second = std::move(first);
  CHECK_FALSE(first.push_to_table("x"));  // NOLINT(bugprone-use-after-move)
  CHECK(second.push_to_table("x"));
}

TEST_CASE("event logger: without a name the database is the one of install_handlers") {
  const TemporaryDirectory directory;
  const DefaultDatabase installed(directory / "LOGS.db");
  EventLogger events{"t"};
  REQUIRE(events.push_to_table("x"));
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM t;") == "1");
}

TEST_CASE("event logger: without install_handlers the database is $DBLOG_DB, made absolute") {
  const TemporaryDirectory directory;
  const int status = dblog::test::exit_status_of([&] {
    ::setenv("DBLOG_DB", "named.db", 1);
    fs::current_path(directory.path());
    EventLogger first{"a"}, second{"b"};
    if (!first.push_to_table("x")) return 1;
    fs::current_path("/");
    return second.push_to_table("x") ? 0 : 2;
  });
  CHECK(status == 0);
  CHECK(sqlite_shell(directory / "named.db", "SELECT count(*) FROM b;") == "1");
}

TEST_CASE("event logger: without any word the database is LOGS.db in the working directory") {
  const TemporaryDirectory directory;
  const int status = dblog::test::exit_status_of([&] {
    ::unsetenv("DBLOG_DB");
    fs::current_path(directory.path());
    return EventLogger{"t"}.push_to_table("x") ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(fs::exists(directory / "LOGS.db"));
}

TEST_CASE("event logger: a relative path means the working directory at construction") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "start");
  const int status = dblog::test::exit_status_of([&] {
    fs::current_path(directory / "start");
    EventLogger events{"t", "mine.db"};
    fs::current_path("/");
    return events.push_to_table("x") ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(fs::exists(directory / "start/mine.db"));
}

TEST_CASE("event logger: a file size limit fails the push and does not kill the program") {
  const TemporaryDirectory directory;
  const int status = dblog::test::exit_status_of([&] {
    const CapturedStderr captured(directory / "stderr");
    EventLogger events{"t", directory / "LOGS.db"};
    if (!events.push_to_table("x")) return 1;
    const rlimit limit{200'000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return events.push_to_table(std::string(1'000'000, 'x')) ? 2 : 0;
  });
  CHECK(status == 0);
}

TEST_CASE("event logger: a closed stderr does not kill the program") {
  const int status = dblog::test::exit_status_of([] {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    ::close(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
    return EventLogger{"no good"}.push_to_table("x") ? 2 : 0;
  });
  CHECK(status == 0);
}

TEST_CASE("event logger: a full pipe as stderr does not keep the program waiting") {
  const int status = dblog::test::exit_status_of([] {
    int ends[2];
    if (::pipe2(ends, O_NONBLOCK) != 0) return 1;
    while (::write(ends[1], "full", 4) > 0) {
    }
    ::fcntl(ends[1], F_SETFL, 0);
    ::dup2(ends[1], STDERR_FILENO);
    return EventLogger{"no good"}.push_to_table("x") ? 2 : 0;
  });
  CHECK(status == 0);
}

TEST_CASE("event logger: a thread that is to be cancelled finishes its push first") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  bool pushed = false;
  std::thread thread([&] {
    ::pthread_cancel(::pthread_self());
    pushed = events.push_to_table("last words").ok;
    ::pthread_testcancel();
    pushed = false;
  });
  thread.join();
  CHECK(pushed);
}

TEST_CASE("event logger: the first snapshot writes the machine's facts beside the database, once") {
  const TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};
  REQUIRE(events.push_to_table("no hardware"));
  CHECK_FALSE(fs::exists(directory / "config"));
  REQUIRE(events.push_to_table("x", {.hw_monitor = true}));
  REQUIRE(fs::exists(directory / "config/config.json"));
  fs::remove(directory / "config/config.json");
  REQUIRE(events.push_to_table("x", {.hw_monitor = true}));
  REQUIRE(EventLogger("t", directory / "LOGS.db").push_to_table("x", {.hw_monitor = true}));
  CHECK_FALSE(fs::exists(directory / "config/config.json"));
}

TEST_CASE("event logger: the machine's facts go to another directory, or nowhere, as asked") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "facts");
  EventLogger elsewhere{"t",
                        {.database = directory / "LOGS.db", .machine_facts = directory / "facts"}};
  EventLogger nowhere{"t", {.database = directory / "LOGS.db", .machine_facts = std::nullopt}};
  REQUIRE(nowhere.push_to_table("x", {.hw_monitor = true}));
  CHECK_FALSE(fs::exists(directory / "facts/config"));
  REQUIRE(elsewhere.push_to_table("x", {.hw_monitor = true}));
  CHECK(fs::exists(directory / "facts/config/config.json"));
  CHECK_FALSE(fs::exists(directory / "config"));
}

TEST_CASE("event logger: facts that cannot be written are a warning, said once, and no failure") {
  const TemporaryDirectory directory;
  const CapturedStderr captured(directory / "stderr");
  EventLogger events{"t", {.database = directory / "LOGS.db", .machine_facts = directory / "none"}};
  CHECK(events.push_to_table("x", {.hw_monitor = true}));
  CHECK(events.push_to_table("y", {.hw_monitor = true}));
  CHECK(captured.text() ==
        "dblog: table t: config.json not written: " + (directory / "none").string() +
            ": No such file or directory; make that directory first\n");
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM hw_logs;") == "2");
}

TEST_CASE("event logger: another program's config.json is left alone") {
  const TemporaryDirectory directory;
  const CapturedStderr captured(directory / "stderr");
  directory.write("config/config.json", "{}");
  EventLogger events{"t", directory / "LOGS.db"};
  CHECK(events.push_to_table("x", {.hw_monitor = true}));
  CHECK(fs::file_size(directory / "config/config.json") == 2);
  CHECK(captured.text().find("is another program's") != std::string::npos);
}
