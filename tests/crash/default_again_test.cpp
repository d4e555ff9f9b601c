// Programs that put the default action of a crash signal back after dblog came: the usual end of
// another crash handler. One crash, one row, and the process dies as it would have.
#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

// With what the next run finds beside the database.
std::string rows_of(CrashScene& scene) {
  CHECK(scene.recover().exit_code() == 0);
  return scene.query("SELECT group_concat(kind || ' ' || coalesce(signal_name, '')) FROM crashes");
}

}  // namespace

TEST_CASE("default again: one row, with the place of the fault, and the status stays") {
  for (const char* way : {"default",
                          "returns",
                          "raises",
                          "raises-inside",
                          "raises-there",
                          "plain-returns",
                          "plain-raises",
                          "plain-raises-inside",
                          "plain-once",
                          "signal-returns",
                          "signal-raises",
                          "sysv-signal-raises",
                          "once",
                          "once-raises",
                          "once-raises-inside",
                          "chains",
                          "chains-raises",
                          "chains-raises-inside",
                          "default-chains",
                          "puts-back",
                          "before-returns",
                          "before-raises",
                          "before-raises-inside",
                          "first-returns",
                          "first-raises",
                          "first-raises-inside",
                          "first-once-raises-inside",
                          "thread"}) {
    INFO(way);
    CrashScene scene;
    const ChildResult child = scene.run_program({DEFAULT_AGAIN_CHILD, way});
    INFO(child.err);
    CHECK(child.signal() == SIGSEGV);
    CHECK(rows_of(scene) == "signal SIGSEGV");
    CHECK(scene.query("SELECT signal_code || ' ' || fault_address || ' ' || access FROM crashes") ==
          "1 0x18 write");
    CHECK(scene.query("SELECT count(*) > 0 FROM frames, crashes WHERE thread = tid AND offset > 0 "
                      "AND module LIKE '%default_again_child'") == "1");
  }
}

TEST_CASE("default again: a call through a null pointer is one, whatever the handler raises") {
  for (const char* way : {"raises-call", "raises-inside-call"}) {
    INFO(way);
    CrashScene scene;
    CHECK(scene.run_program({DEFAULT_AGAIN_CHILD, way}).signal() == SIGSEGV);
    CHECK(rows_of(scene) == "signal SIGSEGV");
    CHECK(scene.query("SELECT signal_code || ' ' || fault_address || ' ' || access FROM crashes") ==
          "1 0x0 execute");
  }
}

TEST_CASE("default again: a signal that is sent after a repaired fault is not that fault") {
  CrashScene scene;
  CHECK(scene.run_program({DEFAULT_AGAIN_CHILD, "raises-after-repair"}).signal() == SIGSEGV);
  CHECK(rows_of(scene) == "signal SIGSEGV");
  CHECK(scene.query("SELECT signal_code, cause, fault_address FROM crashes") == "-6|self_sent|");
}

TEST_CASE("default again: every crash signal") {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    INFO(number);
    CrashScene scene;
    CHECK(scene.run_program({DEFAULT_AGAIN_CHILD, "signal", std::to_string(number)}).signal() ==
          number);
    CHECK(scene.recover().exit_code() == 0);
    CHECK(scene.query("SELECT kind || ' ' || signal FROM crashes") ==
          "signal " + std::to_string(number));
  }
}

TEST_CASE("default again: the program sees what it has set") {
  CrashScene scene;
  CHECK(scene.run_program({DEFAULT_AGAIN_CHILD, "asks"}).out ==
        "default\ndefault\ndefault\ndefault\n");
  CHECK(rows_of(scene).empty());
}

TEST_CASE("default again: the program reads back what it would without us") {
  CrashScene scene;
  const std::string alone = scene.run_program({DEFAULT_AGAIN_CHILD, "reads-back-alone"}).out;
  CHECK(alone.find("signal 11: one argument") != std::string::npos);
  CHECK(scene.run_program({DEFAULT_AGAIN_CHILD, "reads-back"}).out == alone);
  CHECK(rows_of(scene).empty());
}

TEST_CASE("default again: the kernel has the default action after uninstall_handlers()") {
  CrashScene scene;
  CHECK(scene.run_program({DEFAULT_AGAIN_CHILD, "uninstalls"}).out == "default\n");
  CHECK(rows_of(scene).empty());
}

TEST_CASE("default again: children") {
  for (const auto& [way, rows] : {std::pair{"forks", "signal SIGSEGV"}, {"vforks", ""}}) {
    INFO(way);
    CrashScene scene;
    const ChildResult child = scene.run_program({DEFAULT_AGAIN_CHILD, way});
    CHECK(child.exit_code() == 0);
    CHECK(child.out == "SIGSEGV\n");
    CHECK(rows_of(scene) == rows);
  }
}
