// Programs that rescue themselves, are flooded with signals, close their streams or become daemons:
// what they record, and that nothing is recorded twice, too often or not at all.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <string_view>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

ChildResult make_trouble(CrashScene& scene, const std::string& name) {
  ChildResult child = scene.run_program({STUBBORN_CHILD, name});
  CHECK(!child.timed_out);
  return child;
}

void check_rows_after_recovery(const CrashScene& scene, const std::string& expected) {
  (void)scene.recover();
  CHECK(scene.query("SELECT group_concat(coalesce(signal_name, kind)) FROM crashes") == expected);
  CHECK(scene.query("PRAGMA integrity_check") == "ok");
}

}  // namespace

TEST_CASE("trouble: a program that jumped out of its handler is recorded when it crashes again") {
  CrashScene scene;
  CHECK(make_trouble(scene, "rescued").signal() == SIGABRT);
  check_rows_after_recovery(scene, "SIGSEGV,SIGABRT");
}

TEST_CASE("trouble: a program that repaired a fault is recorded when it crashes for good") {
  CrashScene scene;
  CHECK(make_trouble(scene, "repaired").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
  CHECK(scene.query("SELECT fault_address FROM crashes") == "0x0");
  CHECK(scene.query("SELECT (SELECT count(DISTINCT crash_id) FROM frames) || (SELECT count(*) FROM "
                    "hw_logs) || (SELECT count(*) FROM hw_details)") == "111");
}

TEST_CASE("trouble: a write off the end from which the stack grows is no stack overflow") {
  CrashScene scene;
  CHECK(scene.run({"stack-beginning"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*), access, cause, msg LIKE 'SIGSEGV: write to address 0x7f%' "
                    "FROM crashes") == "1|write||1");
}

TEST_CASE("trouble: a program that survived a crash is reported when it is killed later") {
  for (const auto& [name, rows] :
       {std::pair{"rescued-killed", "SIGSEGV,killed"}, {"repaired-killed", "killed"}}) {
    INFO(name);
    CrashScene scene;
    CHECK(make_trouble(scene, name).signal() == SIGKILL);
    check_rows_after_recovery(scene, rows);
  }
}

TEST_CASE("trouble: faults that a handler repairs leave no rows, one that it does not leaves one") {
  CrashScene scene;
  CHECK(make_trouble(scene, "often").exit_code() == 0);
  check_rows_after_recovery(scene, "");
  CHECK(make_trouble(scene, "shrug").signal() == SIGKILL);
  check_rows_after_recovery(scene, "SIGSEGV,killed");
}

TEST_CASE("trouble: killed while it dies of a recorded crash, a process makes no second row") {
  CrashScene scene;
  CHECK(make_trouble(scene, "killed-while-dying").signal() == SIGKILL);
  check_rows_after_recovery(scene, "SIGSEGV");
}

TEST_CASE("trouble: a handler that raises its signal again makes no second row") {
  CrashScene scene;
  CHECK(make_trouble(scene, "raised-again").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
}

TEST_CASE("trouble: crash signals that are sent, and that a handler lives with, leave no rows") {
  for (const char* name : {"sent", "chain-sent", "chain-sent-default"}) {
    INFO(name);
    CrashScene scene;
    CHECK(make_trouble(scene, name).exit_code() == 0);
    check_rows_after_recovery(scene, "");
  }
}

TEST_CASE(
    "trouble: a crash signal that is sent, and that a handler ends the program for, is a row") {
  for (const char* name : {"sent-raised", "chain-sent-raised", "sent-aborts", "chain-sent-aborts",
                           "thread-sends", "stale-assertion"}) {
    INFO(name);
    CrashScene scene;
    CHECK(make_trouble(scene, name).signal() == SIGABRT);
    (void)scene.recover();
    const std::string row = scene.query("SELECT msg, cause FROM crashes ORDER BY id DESC LIMIT 1");
    CHECK(row == "SIGABRT: sent by the program itself|self_sent");
    CHECK(scene.query("SELECT count(*) FROM crashes") ==
          (name == std::string_view{"stale-assertion"} ? "2" : "1"));
  }
}

TEST_CASE("trouble: abort() is a row though a handler of its signal returns") {
  for (const char* name : {"aborts", "chain-aborts"}) {
    INFO(name);
    CrashScene scene;
    CHECK(make_trouble(scene, name).signal() == SIGABRT);
    check_rows_after_recovery(scene, "SIGABRT");
    CHECK(scene.query("SELECT msg, cause FROM crashes") == "SIGABRT: abort() called|");
  }
}

TEST_CASE("trouble: chained first, a handler that repairs its faults makes no rows") {
  CrashScene scene;
  CHECK(make_trouble(scene, "chain-often").exit_code() == 0);
  check_rows_after_recovery(scene, "");
}

TEST_CASE("trouble: chained first, what the other handler leaves is recorded once") {
  CrashScene scene;
  CHECK(make_trouble(scene, "chain-repaired").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
  CHECK(scene.query("SELECT fault_address FROM crashes") == "0x0");
}

TEST_CASE("trouble: chained first, a handler that does nothing does not make the program hang") {
  CrashScene scene;
  CHECK(make_trouble(scene, "chain-shrug").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
}

TEST_CASE("trouble: asked to chain first without a previous handler, dblog records as usual") {
  CrashScene scene;
  CHECK(make_trouble(scene, "chain-alone").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
}

#if defined(__x86_64__)
TEST_CASE("trouble: chained first, a handler that moves the program on makes no row") {
  CrashScene scene;
  CHECK(make_trouble(scene, "chain-moved").exit_code() == 0);
  check_rows_after_recovery(scene, "");
}
#endif

TEST_CASE("trouble: a storm of signals from another thread is one crash") {
  CrashScene scene;
  CHECK(make_trouble(scene, "storm").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
}

TEST_CASE("trouble: a pending cancellation does not unwind out of the handler") {
  CrashScene scene;
  CHECK(make_trouble(scene, "cancelled").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
}

TEST_CASE("trouble: with the standard streams closed, nothing is printed into the database") {
  CrashScene scene;
  CHECK(make_trouble(scene, "closed-streams").signal() == SIGSEGV);
  check_rows_after_recovery(scene, "SIGSEGV");
}

TEST_CASE("trouble: a limit on file sizes changes neither the death nor the record") {
  CrashScene scene;
  CHECK(make_trouble(scene, "small-files-only").signal() == SIGABRT);
  check_rows_after_recovery(scene, "exception");
}

TEST_CASE("trouble: becoming a daemon is no death") {
  CrashScene scene;
  CHECK(make_trouble(scene, "daemon").exit_code() == 0);
  check_rows_after_recovery(scene, "");
}

TEST_CASE("trouble: a killed process whose parent has not waited for it is reported all the same") {
  CrashScene scene;
  scene.run({"clean"});
  const std::string database = "DBLOG_DB=" + scene.path("LOGS.db").string();
  char program[] = CRASH_CHILD;
  char way[] = "sigkill";
  char* const arguments[] = {program, way, nullptr};
  char* const environment[] = {const_cast<char*>(database.c_str()), nullptr};
  pid_t process = 0;
  REQUIRE(::posix_spawn(&process, program, nullptr, nullptr, arguments, environment) == 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOWAIT) == 0);
  CHECK(scene.recover().out == "crashes: 0, killed processes: 1\n");
  ::waitpid(process, nullptr, 0);
}

TEST_CASE("trouble: a crash that the database refuses stays in the black box") {
  CrashScene scene;
  scene.run({"clean"});
  (void)scene.query(
      "CREATE TRIGGER refuse BEFORE INSERT ON crashes BEGIN SELECT RAISE(ABORT, 'no'); END");
  scene.run({"null-write"});
  CHECK(scene.recover().out.find("not recovered") != std::string::npos);
  (void)scene.query("DROP TRIGGER refuse");
  CHECK(scene.recover().out == "crashes: 1, killed processes: 0\n");
}
