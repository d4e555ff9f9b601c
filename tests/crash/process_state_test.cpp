// What a record holds besides the crashed thread: the others, the registers, the breadcrumbs.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/crash/crash_scene.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;

const std::string kOthersFrames =
    " FROM frames JOIN threads ON tid = thread AND threads.crash_id = frames.crash_id ";

}  // namespace

TEST_CASE("crash: the other threads are listed with their names and stacks") {
  CrashScene scene;
  const ChildResult child = scene.run_program({BUSY_CHILD, "write"});
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT name, answered FROM threads ORDER BY name") ==
        "worker-0|1\nworker-1|1\nworker-2|1");
  CHECK(scene.query("SELECT count(*) FROM threads JOIN crashes USING (tid)") == "0");
  CHECK(scene.query("SELECT count(DISTINCT tid)" + kOthersFrames +
                    "WHERE module LIKE '%/busy_child' AND depth > 0") == "3");
  CHECK(scene.query("SELECT min(depth)" + kOthersFrames) == "0");
  CHECK(scene.query("SELECT min(return_address)" + kOthersFrames + "WHERE depth = 0") == "0");
}

TEST_CASE("crash: an uncaught exception takes the other threads' stacks too") {
  CrashScene scene;
  CHECK(scene.run_program({BUSY_CHILD, "throw"}).signal() == SIGABRT);
  CHECK(scene.query("SELECT count(*), sum(answered) FROM threads") == "3|3");
}

TEST_CASE("crash: a thread that blocks signals is listed as one that did not answer") {
  CrashScene scene;
  const ChildResult child = scene.run_program({BUSY_CHILD, "write", "deaf"});
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT name FROM threads WHERE answered = 0") == "deaf");
  CHECK(scene.query("SELECT count(*)" + kOthersFrames + "WHERE name = 'deaf'") == "0");
  CHECK(scene.query("SELECT count(*) FROM threads WHERE answered = 1") == "3");
}

TEST_CASE("crash: a thread that waits in sigwait() is not woken by the question for its stack") {
  CrashScene scene;
  const ChildResult child = scene.run_program({BUSY_CHILD, "write", "sigwait"});
  CHECK(child.signal() == SIGSEGV);
  CHECK(child.out.empty());
  CHECK(scene.query("SELECT name FROM threads WHERE answered = 0") == "sigwait");
  CHECK(scene.query("SELECT count(*) FROM threads WHERE answered = 1") == "3");
}

// Without dblog the process dies before that thread has any reason to wake.
TEST_CASE("crash: a thread that ends the program meanwhile does not come before the crash") {
  for (const char* how : {"return", "sigwait", "quick"}) {
    INFO(how);
    CrashScene scene;
    for (int i = 0; i < 5; ++i) CHECK(scene.run_program({LEAVING_CHILD, how}).signal() == SIGSEGV);
    CHECK(scene.query("SELECT count(*) FROM crashes") == "5");
  }
}

TEST_CASE("crash: of very many threads the first 64 are taken") {
  CrashScene scene;
  CHECK(scene.run_program({BUSY_CHILD, "write", "crowd"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
  CHECK(scene.query("SELECT count(*) FROM threads") == "64");
}

TEST_CASE("crash: threads that are not wanted are not asked") {
  CrashScene scene;
  scene.run_program({BUSY_CHILD, "write", "off"});
  CHECK(scene.query("SELECT count(*) FROM threads") == "0");
}

TEST_CASE("crash: the registers are those of the faulting instruction") {
  CrashScene scene;
  scene.run_program({BUSY_CHILD, "write", "alone"});
#if defined(__x86_64__)
  CHECK(scene.query("SELECT count(*) FROM registers JOIN frames ON value = address "
                    "WHERE name = 'rip' AND depth = 0") == "1");
  CHECK(scene.query("SELECT value FROM registers WHERE name = 'cr2'") == "0x0");
  CHECK(scene.query("SELECT count(*) FROM registers") == "21");
#else
  CHECK(scene.query("SELECT count(*) FROM registers JOIN frames ON value = address "
                    "WHERE name = 'pc' AND depth = 0") == "1");
#endif
}

TEST_CASE("crash: registers that are not wanted are in no row") {
  CrashScene scene;
  CHECK(scene.run({"null-write", "noregisters"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT kind, fault_address FROM crashes") == "signal|0x0");
  CHECK(scene.query("SELECT count(*) FROM registers") == "0");
}

TEST_CASE("crash: breadcrumbs are in the record, in order, those before install included") {
  CrashScene scene;
  scene.run_program({BUSY_CHILD, "write", "alone"});
  CHECK(scene.query("SELECT number, msg FROM breadcrumbs ORDER BY number") ==
        "1|before install\n2|caf\xC3\xA9 broken \\xE9");
  CHECK(scene.query("SELECT count(*) FROM breadcrumbs JOIN crashes ON crash_id = id "
                    "WHERE breadcrumbs.tid = crashes.tid AND breadcrumbs.date <= crashes.date") ==
        "2");
}

TEST_CASE("crash: breadcrumbs that are being left while the program dies are whole or absent") {
  CrashScene scene;
  CHECK(scene.run_program({BUSY_CHILD, "breadcrumbs-while-dying", "alone"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM breadcrumbs") > "4");
  CHECK(scene.query("SELECT count(*) FROM breadcrumbs WHERE msg NOT GLOB 'step [0-9]* of many' "
                    "AND msg NOT LIKE 'before%' AND msg NOT LIKE 'caf%'") == "0");
}

TEST_CASE("killed: the row has the breadcrumbs and the last look at the hardware") {
  CrashScene scene;
  CHECK(scene.run_program({BUSY_CHILD, "kill"}).signal() == SIGKILL);
  REQUIRE(scene.run_program({DBLOG_TOOL, "recover", "--db", scene.path("LOGS.db")}).exit_code() ==
          0);
  CHECK(scene.query("SELECT kind FROM crashes") == "killed");
  CHECK(scene.query("SELECT count(*) FROM breadcrumbs WHERE crash_id = 1") == "2");
  CHECK(scene.query("SELECT count(*) FROM crashes JOIN hw_logs ON hw_log_id = hw_logs.id "
                    "WHERE memory > 0 AND hw_logs.pid = crashes.pid") == "1");
  CHECK_THAT(scene.query("SELECT msg FROM crashes"), Catch::Contains("memory"));
}
