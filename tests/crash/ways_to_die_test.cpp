// Every way to die that crash_child knows, in the main thread and in another: how the process
// died, that there is exactly one row, and what it says.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/crash/crash_scene.hpp"
#include "tests/crash/way_table.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;
using dblog::test::kWaysToDie;
using dblog::test::WayToDie;

void check(const WayToDie& way, bool in_thread) {
  INFO(way.name << (in_thread ? " in another thread" : " in the main thread"));
  CrashScene scene;
  const ChildResult child = scene.run({way.name, in_thread ? "thread" : "main", "release=1.2.3"});
  INFO(child.out << child.err);
  CHECK(!child.timed_out);
  CHECK(child.signal() == way.death);
  const std::string expected =
      std::string{"1|"} + way.kind + '|' + way.signal_name + '|' + way.signal_code + '|' +
      way.exception_type + '|' + std::to_string(child.process_id) +
      (in_thread ? "|1|worker|" : "|0|crash_child|") + CRASH_CHILD "|1.2.3|36";
  CHECK(scene.query("SELECT count(*), kind, signal_name, signal_code, exception_type, pid,"
                    " tid <> pid, thread_name, executable, release, length(uuid)"
                    " FROM crashes") == expected);
  CHECK_THAT(scene.query("SELECT msg FROM crashes"), Catch::Contains(way.message));
  CHECK(scene.query(dblog::test::kFactsOf) == dblog::test::facts_of(way, in_thread));
  CHECK(scene.query("SELECT (SELECT count(*) FROM hw_logs JOIN crashes ON hw_log_id = hw_logs.id"
                    "  WHERE hw_logs.pid = crashes.pid AND task = msg AND memory > 0),"
                    " count(*) > 0, min(depth) FROM frames JOIN crashes"
                    " ON crash_id = id AND thread = tid; PRAGMA integrity_check") == "1|1|0\nok");
  CHECK(scene.query("SELECT count(*) FROM threads") >= (in_thread ? "1" : "0"));
  // main() and what called it, unless there is no stack to be read or it is cut at the bottom.
  const std::string name = way.name;
  if (name != "stack-pointer" && name != "smash") {
    CHECK(scene.query("SELECT count(*) >= 3 AND count(module) >= count(*) - 1 FROM frames "
                      "JOIN crashes ON crash_id = id AND thread = tid") == "1");
  }
  if (way.function[0] != '\0') CHECK_THAT(scene.function_at(0), Catch::Contains(way.function));
}

}  // namespace

TEST_CASE("crash: each way to die in the main thread makes exactly one true row") {
  for (const WayToDie& way : kWaysToDie) check(way, false);
}

TEST_CASE("crash: each way to die in another thread makes exactly one true row") {
  for (const WayToDie& way : kWaysToDie) {
    if (way.name == std::string_view{"kill-self"}) continue;  // the kernel prefers the main thread
    check(way, true);
  }
}

TEST_CASE("crash: a stack overflow in the main thread is recorded") {
  CrashScene scene;
  const ChildResult child = scene.run({"stack-overflow"});
  CHECK(child.signal() == SIGSEGV);
  REQUIRE(scene.query("SELECT count(*) FROM crashes") == "1");
  CHECK_THAT(scene.function_at(0), Catch::Contains("overflow_the_stack"));
  CHECK_THAT(scene.query("SELECT msg FROM crashes"), Catch::Contains("SIGSEGV: stack overflow: "));
  CHECK(scene.query("SELECT access, cause FROM crashes") == "write|stack_overflow");
}

TEST_CASE("crash: a deep stack keeps both its ends, with their true depths") {
  CrashScene scene;
  scene.run({"deep"});
  CHECK(scene.query("SELECT count(*) FROM frames") == "256");
  CHECK(scene.query("SELECT max(depth) > 2000 FROM frames") == "1");
  CHECK_THAT(scene.query("SELECT stack_trace FROM crashes"), Catch::Contains("frames left out"));
  const int last = std::stoi(scene.query("SELECT max(depth) FROM frames"));
  CHECK(scene.function_at(last) == "_start");
}

TEST_CASE("crash: a jump to a null pointer shows the null frame and then the caller") {
  CrashScene scene;
  scene.run({"null-jump"});
  CHECK(scene.query("SELECT address, module FROM frames WHERE depth = 0") == "0x0|");
  CHECK_THAT(scene.function_at(1), Catch::Contains("jump_to_null"));
}

TEST_CASE("crash: the record names fault address, host and a date of now") {
  CrashScene scene;
  scene.run({"low-read"});
  CHECK(scene.query("SELECT fault_address FROM crashes") == "0x10");
  CHECK(scene.query("SELECT length(host) > 0 FROM crashes") == "1");
  CHECK(scene.query("SELECT abs(julianday('now', 'localtime') - julianday(date)) < 0.01 "
                    "AND length(date) = 26 FROM crashes") == "1");
}

TEST_CASE("crash: every frame in a file names the file, its build id and its offset") {
  CrashScene scene;
  scene.run({"null-write"});
  CHECK(scene.query("SELECT count(*) FROM frames WHERE address LIKE '0x%' AND module LIKE '/%' "
                    "AND length(build_id) = 40 AND offset LIKE '0x%'") ==
        scene.query("SELECT count(*) FROM frames"));
}

TEST_CASE("crash: without hw_monitor there is no snapshot") {
  CrashScene scene;
  scene.run({"null-write", "nohw"});
  CHECK(scene.query("SELECT count(*) FROM crashes WHERE hw_log_id IS NULL") == "1");
  CHECK(scene.query("SELECT count(*) FROM hw_logs") == "0");
}

TEST_CASE("crash: messages to send are committed with the crash") {
  CrashScene scene;
  scene.run({"null-write", "slack", "email"});
  CHECK(scene.query("SELECT group_concat(channel), count(DISTINCT uuid), min(state), "
                    "min(source_table), min(source_id) FROM outbox") ==
        "slack,email|2|pending|crashes|1");
  CHECK_THAT(scene.query("SELECT subject FROM outbox LIMIT 1"),
             Catch::StartsWith("SIGSEGV in crash_child on "));
  CHECK(scene.query("SELECT count(*) FROM outbox, crashes WHERE body = msg AND outbox.utc_offset = "
                    "0 AND crashes.utc_offset = 0") == "2");
}

TEST_CASE("crash: 64 threads that crash at once make one row") {
  CrashScene scene;
  const ChildResult child = scene.run({"many-threads"});
  CHECK(!child.timed_out);
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("crash: a child after fork and its parent make a row each, under their own ids") {
  CrashScene scene;
  const ChildResult child = scene.run({"fork"});
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*), count(DISTINCT pid) FROM crashes") == "2|2");
  CHECK(scene.query("SELECT fault_address FROM crashes ORDER BY id") == "0x0\n0x10");
}

TEST_CASE("crash: a program that ends well leaves no crash") {
  CrashScene scene;
  CHECK(scene.run({"clean"}).exit_code() == 0);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("crash: a what() in dblog's own words is told like any other") {
  CrashScene scene;
  const ChildResult child = scene.run({"throw-headings"});
  CHECK_THAT(child.err, Catch::Contains("dblog: uncaught std::runtime_error: uncaught exception of "
                                        "type int …; recorded in "));
  CHECK(scene.query("SELECT kind, exception_type, cause IS NULL FROM crashes") ==
        "exception|std::runtime_error|1");
}

TEST_CASE("crash: what was thrown cannot command the terminal, and is in its row as it was") {
  CrashScene scene;
  const ChildResult child = scene.run({"throw-red"});
  CHECK_THAT(child.err, Catch::Contains("dblog: uncaught std::runtime_error: \\x1b[31mred\\u009b "
                                        "paint \\u202etxt.\\U000e0041; "));
  CHECK(
      scene.query(
          "SELECT instr(msg, char(27) || '[31mred' || char(155) || ' paint ' || char(0x202e, 116) "
          "|| 'xt.' || char(0xe0041)) > 0 "
          "FROM crashes") == "1");
}
