#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

TEST_CASE("dblog show: a crash is a page with all that is known") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_full_crash(database);
  }
  const auto child = tool({"show", "1"});
  CHECK(
      child.out ==
      R"(Crash 1: app died of SIGSEGV: it wrote to address 0x0 in at (src/at.hpp:7), called from divide; likely a null pointer

When and where
  Date          2026-01-31 12:00:00.000001 +01:00
  Program       /usr/bin/app
  Release       1.2.3
  Host          web1
  Process       4711
  Thread        4712 (worker)
  Signal        SIGSEGV (11), SEGV_MAPERR (1)
  Address       0x0
  UUID          c0ffee
  Group         1:feed, the only crash of it

Message
  SIGSEGV: write to address 0x0, where nothing is mapped (SEGV_MAPERR)

Context
  request = 12
  retry = true

Stack trace of thread 4712, which crashed
  #0   at(int) at src/at.hpp:7 (inlined)
  #1   divide(int, int) at src/m.cpp:12
  #2   /usr/bin/app+0x2222
  #3   0x41414141
  (1 frame of /usr/bin/app (build id aa) has no name)
  (to name them: dblog symbolize 1 --debug-dir DIR, where DIR has the unstripped file or its debug file)

Registers
  rip    0x55d0c0de1234      rsp    0x7ffe12345678      rax    0x0
  r8     0x2

Breadcrumbs
  -1.203 s  loading
  -0.001 s [4711 main]  request 12

Other threads
  2 threads: 4711 (main), 4713 (io)
    #0   poll in libc.so.6+0x99
  Thread 4714 (stuck): stack not known; it blocks signals, or did not answer in time

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

TEST_CASE("dblog show: source lines stand under the program's own frames") {
  const ToolRun tool;
  tool.directory.write("src/m.cpp", "int f() {\n\treturn \x1b[31m*g;\n}\n");
  {
    auto database = make_database(tool.database());
    database.exec(
        "INSERT INTO crashes (uuid, date, kind, tid) VALUES ('u', '2999-01-31', 'signal', 7);"
        "INSERT INTO frames (crash_id, thread, depth, module, function, file, line) VALUES "
        "(1, 7, 0, '/lib/libc.so.6', 'strlen', 'src/m.cpp', 1), "
        "(1, 7, 1, '/srv/app', 'f()', 'src/m.cpp', 2), "
        "(1, 7, 2, '/srv/app', 'main', 'src/gone.cpp', 9)");
  }
  const std::string trace =
      "  #0   strlen at src/m.cpp:1\n"
      "  #1   f() at src/m.cpp:2\n"
      "            1 | int f() {\n"
      "     >      2 |     return \\x1b[31m*g;\n"
      "            3 | }\n"
      "  #2   main at src/gone.cpp:9\n";
  CHECK(tool({"show", "1"}).out.find(trace) != std::string::npos);
  CHECK(tool({"show", "1", "--color", "always"}).out.find("\x1b[1;31m   >      2 |") !=
        std::string::npos);
}

TEST_CASE("dblog show: a source file that was changed since the crash says so") {
  const ToolRun tool;
  tool.directory.write("m.cpp", "int f();\n");
  make_database(tool.database())
      .exec(
          "INSERT INTO crashes (uuid, date, kind, tid) VALUES ('u', '2001-01-31', 'signal', 7);"
          "INSERT INTO frames (crash_id, thread, depth, module, function, file, line) VALUES "
          "(1, 7, 0, '/srv/app', 'f()', 'm.cpp', 1)");
  CHECK(tool({"show", "1"}).out.find("(changed since:") != std::string::npos);
}

TEST_CASE("dblog show: --full shows every frame") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    database.exec(
        "INSERT INTO crashes (uuid, date, kind, tid) VALUES ('u', '2026-01-31', 'signal', 7);"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
        "INSERT INTO frames (crash_id, thread, depth, function) SELECT 1, 7, i, 'f' || i FROM n");
  }
  CHECK(tool({"show", "1"}).out.find("(60 frames not shown: --full)") != std::string::npos);
  CHECK(tool({"show", "1", "--full"}).out.find("#50  f50") != std::string::npos);
}

TEST_CASE("dblog show: a handled error shows where it was thrown and where it was recorded") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "no such file", "2026-01-31");
    database.exec(
        "INSERT INTO stacks VALUES (1, '1:aa'), (2, '1:bb');"
        "INSERT INTO stack_frames (stack_id, depth, module, offset, function) VALUES "
        "(1, 0, '/srv/app', '0x1', 'save()'), (1, 1, '/srv/app', '0x2', 'main'), "
        "(2, 0, '/srv/app', '0x3', 'open_file()'), (2, 1, '/srv/app', '0x2', 'main');"
        "INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, "
        "thrown_at) VALUES ('e', 1, 11, 12, 'std::runtime_error', 1, 2)");
  }
  CHECK(tool({"show", "e/1"}).out == R"(Event e/1: no such file

When
  Date          2026-01-31
  Severity      error
  Process       11
  Thread        12
  Exception     std::runtime_error
  Group         1:bb

Message
  no such file

Where the exception was thrown
  #0   open_file() in app+0x3
  #1   main in app+0x2

Where it was recorded
  #0   save() in app+0x1
  #1   main in app+0x2
)");
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
  Signal        SIGABRT (6), SI_TKILL (-6)
  Exception     std::runtime_error
  UUID          u
  Group         2:51640025130187e5, the only crash of it

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
  Group         2:2f6b19e772c17768, the only crash of it

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
  Severity      error

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
          "INSERT INTO frames (crash_id, thread, depth, function) VALUES (1, 2, 0, ?1)",
          "INSERT INTO threads VALUES (1, 2, ?1, 1), (1, 3, ?1, 0)",
          "INSERT INTO registers VALUES (1, ?1, ?1)",
          "INSERT INTO breadcrumbs (crash_id, number, date, tid, msg) VALUES (1, 1, ?1, 3, ?1)",
          "INSERT INTO crash_fields VALUES (1, 1, ?1, ?1, ?1)",
          "INSERT INTO fingerprint_parts VALUES (?1, ?1, ?1)", "INSERT INTO stacks VALUES (1, ?1)",
          "INSERT INTO stack_frames (stack_id, depth, function, file) VALUES (1, 0, ?1, ?1)",
          "INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, "
          "thrown_at) VALUES ('e', 1, 1, 1, ?1, 1, 1)",
          "INSERT INTO outbox VALUES (1, ?1, ?1, ?1, ?1, ?1, 1, ?1, ?1, ?1, ?1, 'crashes', 1, 0, "
          "?1, ?1, ?1, 1, 1, NULL, ?1, ?1)"}) {
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

TEST_CASE("dblog show: --full has a message of 1 MB whole") {
  const ToolRun tool;
  const std::string message(1 << 20, 'm');
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "short\n" + message, "2026-01-31 12:00:00.000000");
  }
  CHECK(tool({"show", "e/1", "--full"}).out.find(message) != std::string::npos);
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
           {"hw_logs/1", "hw_logs: has no snapshot 1"},
           {"outbox/1", "outbox: is not a table of events; 'dblog list' shows which are"}}) {
    const auto child = tool({"show", id});
    CHECK(child.out == "");
    CHECK(child.err == "dblog: " + std::string(why) + "\n");
    CHECK(child.exit_code() == 1);
  }
}

TEST_CASE("dblog show: of an ID that was there it says so, of a later one which was the last") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_full_crash(database);
    make_event_table(database, "e");
    for (int i = 0; i < 3; ++i) add_event(database, "e", "x", "2026-01-31");
    database.exec("DELETE FROM crashes; DELETE FROM e WHERE id < 3; DELETE FROM hw_logs");
    database.exec("CREATE TABLE old (id INTEGER PRIMARY KEY, msg VARCHAR, date DATETIME)");
  }
  for (const auto& [id, why] : std::vector<std::pair<const char*, const char*>>{
           {"1", "there is no crash 1 any more: it was pruned or deleted"},
           {"2", "there is no crash 2, the last one was 1"},
           {"E/2", "e: has no event 2 any more: it was pruned or deleted"},
           {"e/4", "e: has no event 4, the last one was 3"},
           {"e/0", "e: has no event 0, the last one was 3"},
           {"hw_logs/5", "hw_logs: has no snapshot 5 any more: it was pruned or deleted"},
           {"old/1", "old: has no event 1"}}) {
    const auto child = tool({"show", id});
    CHECK(child.err == "dblog: " + std::string(why) + "\n");
    CHECK(child.exit_code() == 1);
  }
}

TEST_CASE("dblog show: a hardware snapshot without a crash or event") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_full_crash(database);
  }
  const std::string page = tool({"show", "hw_logs/5"}).out;
  CHECK_THAT(page, Catch::StartsWith("Hardware hw_logs/5: app\n\nWhen\n"
                                     "  Date          2026-01-31 12:00:00.000001\n"
                                     "  Process       4711\n\nHardware\n"));
  CHECK_THAT(page, Catch::Contains("  CPU           0.14 s used, 12.5 % lately\n"));
  CHECK_THAT(page, Catch::Contains("  Open files    12 of 1024\n"));
  const auto json = nlohmann::json::parse(tool({"show", "HW_LOGS/5", "--json"}).out);
  CHECK(json["table"] == "hw_logs");
  CHECK(json["task"] == "app");
  CHECK(json["hardware"]["details"]["threads"] == 3);
}

TEST_CASE("dblog show, list: a text of megabytes is cut, --full and --json have all of it") {
  const ToolRun run;
  const std::string text(3'000'000, 'x');
  {
    auto database = dblog::test::make_database(run.database());
    database.exec(
        "CREATE TABLE big (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME)");
    SQLite::Statement row(database,
                          "INSERT INTO big (msg, date) VALUES (?1, '2026-01-31 12:00:00')");
    row.bind(1, text);
    row.exec();
  }
  const std::string page = run({"show", "big/1"}).out;
  CHECK(page.size() < 30'000);
  CHECK_THAT(page, Catch::Contains("x… 2983616 more bytes, --full shows all\n"));
  CHECK(run({"show", "big/1", "--full"}).out.find(text) != std::string::npos);
  CHECK(run({"show", "big/1", "--json"}).out.find(text) != std::string::npos);
  const std::string line = run({"list"}).out;
  CHECK(line.size() < 2'000);
  CHECK_THAT(line, Catch::Contains("x… 2999500 more bytes, --full shows all\n"));
  CHECK(run({"list", "--full"}).out.find(text) != std::string::npos);
  CHECK(run({"list", "--json"}).out.find(text) != std::string::npos);
}
