#include <catch2/catch.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

TEST_CASE("dblog show: a crash is a page with all that is known") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_full_crash(database);
  }
  const auto child = tool({"show", "1"});
  CHECK(child.out ==
        R"(Crash 1: app died of SIGSEGV: it used memory that is not there, at 0x0 (a null pointer)

When and where
  Date          2026-01-31 12:00:00.000001
  Program       /usr/bin/app
  Release       1.2.3
  Host          web1
  Process       4711
  Thread        4712 (worker)
  Signal        SIGSEGV (11), code 1: it used memory that is not there
  Address       0x0
  UUID          c0ffee

Stack trace of thread 4712, which crashed
  #0   at(int) at src/at.hpp:7 (inlined)
  #1   divide(int, int) at src/m.cpp:12
  #2   /usr/bin/app+0x2222
  #3   0x41414141

Stack trace of thread 4711
  #0   poll in libc.so.6+0x99

Hardware
  CPU           0.14 s used, 12.5 % lately
  Memory        23.9 MiB, 0.30 % of RAM
  Reads, writes 536, 29
  Threads       3
  Open files    12 of 1024
  Load          0.50, 0.25, 0.12
  Uptime        1 d 2 h 3 min
  Free RAM      4.0 GiB of 8.0 GiB

Outbox
  slack         pending, 2 attempts, next 2026-01-31 12:05:00.000000, last error: timeout
  email         sent 2026-01-31 12:00:02.000000, 1 attempt
)");
  CHECK(child.err == "");
  CHECK(child.exit_code() == 0);
}

TEST_CASE("dblog show: an exception's page has its type and whole message") {
  const ToolRun tool;
  make_database(tool.database())
      .exec(
          "INSERT INTO crashes (uuid, date, kind, signal, signal_name, signal_code, "
          "exception_type, msg, executable) VALUES ('u', '2026-01-31 12:00:00.000000', "
          "'exception', 6, 'SIGABRT', -6, 'std::runtime_error', 'no such user' || char(10) || "
          "'caused by: timeout', '/usr/bin/app')");
  CHECK(tool({"show", "crashes/1"}).out ==
        R"(Crash 1: app died of an uncaught exception, std::runtime_error: no such user

When and where
  Date          2026-01-31 12:00:00.000000
  Program       /usr/bin/app
  Signal        SIGABRT (6), code -6: it aborted
  Exception     std::runtime_error
  UUID          u

Message
  no such user
  caused by: timeout
)");
}

TEST_CASE("dblog show: without frames the stack trace's text is shown") {
  const ToolRun tool;
  make_database(tool.database())
      .exec(
          "INSERT INTO crashes (uuid, date, kind, stack_trace) VALUES ('u', "
          "'2026-01-31 12:00:00.000000', 'killed', '#0 0x1 /a+0x1' || char(10) || '#1 0x2 /b')");
  CHECK(tool({"show", "1"}).out == R"(Crash 1: A program was killed

When and where
  Date          2026-01-31 12:00:00.000000
  UUID          u

Stack trace
  #0 0x1 /a+0x1
  #1 0x2 /b
)");
}

TEST_CASE("dblog show: an event has its message, hardware and outbox") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "error_table");
    add_event(database, "error_table", "first\nsecond", "2026-01-31 12:00:00.000000");
    add_full_crash(database);
    database.exec(
        "INSERT INTO hw_logs (task, memory, date) VALUES ('first' || char(10) || 'second', '512', "
        "'2026-01-31 12:00:00.000000')");
  }
  CHECK(tool({"show", "error_table/1"}).out == R"(Event error_table/1: first

When
  Date          2026-01-31 12:00:00.000000

Message
  first
  second

Hardware
  Memory        512 bytes

Outbox
  email         pending
)");
}

TEST_CASE("dblog show: nothing that is stored reaches the terminal raw") {
  const ToolRun tool;
  const std::string attack(
      "\x1b]0;title\x07 \xff \xe2\x80\xae \xc2\x9b"
      "2J\r\0",
      23);
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", attack + "\nnext\ttab", attack);
    SQLite::Statement crash{
        database,
        "INSERT INTO crashes (uuid, date, kind, signal, signal_name, signal_code, fault_address, "
        "exception_type, msg, thread_name, tid, host, executable, release, fingerprint, "
        "stack_trace, hw_log_id) VALUES (?1, ?1, 'signal', 11, ?1, 1, ?1, ?1, ?1, ?1, 1, ?1, ?1, "
        "?1, ?1, ?1, 1)"};
    crash.bind(1, attack);
    crash.exec();
    for (const char* sql :
         {"INSERT INTO hw_logs VALUES (1, ?1, 1, ?1, ?1, ?1, ?1, ?1, ?1, ?1)",
          "INSERT INTO frames (crash_id, thread, depth, address, module, build_id, offset, "
          "function, file, line, inlined) VALUES (1, 1, 0, ?1, ?1, ?1, ?1, ?1, ?1, ?1, 0)",
          "INSERT INTO outbox VALUES (1, ?1, ?1, ?1, ?1, ?1, 1, ?1, ?1, ?1, ?1, 'crashes', 1)"}) {
      SQLite::Statement statement{database, sql};
      statement.bind(1, attack);
      statement.exec();
    }
  }
  for (const char* id : {"e/1", "1"}) {
    const auto child = tool({"show", id});
    CHECK(child.exit_code() == 0);
    for (const char c : child.out) {
      const bool is_plain = (c >= ' ' && c < '\x7f') || c == '\n' || c == '\t';
      REQUIRE(is_plain);
    }
    CHECK(child.out.find("\\x1b]0;title\\x07 \\xff \\u202e \\u009b2J\\r\\x00") !=
          std::string::npos);
  }
  CHECK(tool({"show", "e/1"}).out.find("\n  next\ttab\n") != std::string::npos);
}

TEST_CASE("dblog show: a message of 1 MB is shown whole") {
  const ToolRun tool;
  const std::string message(1 << 20, 'm');
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "short\n" + message, "2026-01-31 12:00:00.000000");
  }
  CHECK(tool({"show", "e/1"}).out.find(message) != std::string::npos);
}

TEST_CASE("dblog show: an ID that is not there is an error") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
  }
  for (const auto& [id, why] : std::vector<std::pair<const char*, const char*>>{
           {"7", "there is no crash 7"},
           {"e/3", "e: has no event 3"},
           {"hw_logs/1", "hw_logs: is not a table of events; 'dblog list' shows which are"}}) {
    const auto child = tool({"show", id});
    CHECK(child.out == "");
    CHECK(child.err == "dblog: " + std::string(why) + "\n");
    CHECK(child.exit_code() == 1);
  }
}

TEST_CASE("dblog show: what is no ID is a usage error, database or not") {
  const ToolRun tool;
  for (const char* id : {"x", "e/", "/3", "7x", "99999999999999999999", ""}) {
    const auto child = tool({"show", id});
    CHECK(child.err == "dblog: " + std::string(id) +
                           ": is not an ID: a crash is a number, an event TABLE/NUMBER, as "
                           "'dblog list' prints them\n");
    CHECK(child.exit_code() == 2);
  }
}
