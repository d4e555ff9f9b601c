// Crashes in namespaces of their own: a disk that is full, a place that is read-only, process 1.
// They need the right to make such namespaces (root has it), and are left out elsewhere.
#include <unistd.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <string>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

// `script` in a mount namespace of its own, in the scene's directory.
ChildResult run_confined(CrashScene& scene, const std::string& script) {
  return scene.run_program({"unshare", "--mount", "sh", "-c", script});
}

bool may_make_namespaces(const char* kind) {
  const ChildResult probe =
      dblog::test::run_child({.arguments = {"unshare", kind, "--fork", "true"}});
  if (probe.exit_code() == 0) return true;
  WARN("skipped: not allowed to make namespaces here");
  return false;
}

}  // namespace

namespace {

ChildResult run_on_full_disk(CrashScene& scene, const std::string& state) {
  return run_confined(
      scene, "mount -t tmpfs -o size=3m none . && cd \"$PWD\" && " BAD_STATE_CHILD " " + state +
                 "; echo status $?; rm filler; " DBLOG_TOOL
                 " --db LOGS.db recover; sqlite3 LOGS.db 'SELECT signal_name, msg FROM crashes; "
                 "PRAGMA integrity_check'");
}

}  // namespace

TEST_CASE("confined: on a full disk the crash is committed into the room that the log has") {
  if (!may_make_namespaces("--mount")) return;
  CrashScene scene;
  const ChildResult child = run_on_full_disk(scene, "full-disk");
  INFO(child.err);
  CHECK_THAT(child.out, Catch::StartsWith("status 139\ncrashes: 0, killed processes: 0\n"
                                          "SIGSEGV|SIGSEGV: write to address 0x0"));
  CHECK_THAT(child.out, Catch::EndsWith("ok\n"));
  CHECK_THAT(child.err, Catch::Contains("recorded in"));
}

TEST_CASE("confined: where the log is full too, it stays in the box, and is recovered later") {
  if (!may_make_namespaces("--mount")) return;
  CrashScene scene;
  const ChildResult child = run_on_full_disk(scene, "full-disk-and-log");
  INFO(child.err);
  CHECK_THAT(child.out, Catch::StartsWith("status 139\ncrashes: 1, killed processes: 0\n"
                                          "SIGSEGV|SIGSEGV: write to address 0x0"));
  CHECK_THAT(child.out, Catch::EndsWith("ok\n"));
  CHECK_THAT(child.err, Catch::Contains("kept beside it"));
}

TEST_CASE("confined: in a place that is read-only, stderr reports the crash") {
  if (!may_make_namespaces("--mount")) return;
  CrashScene scene;
  const ChildResult child = run_confined(
      scene, "mount --bind . . && mount -o remount,ro,bind . && cd \"$PWD\" && exec " CRASH_CHILD
             " null-write");
  CHECK(child.signal() == SIGSEGV);
  CHECK_THAT(child.out, Catch::Contains("missing database"));
  CHECK_THAT(child.err, Catch::Contains("SIGSEGV: write to address 0x0") &&
                            Catch::Contains("NOT recorded") && !Catch::Contains("kept beside"));
}

TEST_CASE("confined: the first process of a container is recorded and dies") {
  if (!may_make_namespaces("--pid")) return;
  for (const char* way : {"null-write", "throw"}) {
    INFO(way);
    CrashScene scene;
    const ChildResult with = scene.run_program({"unshare", "--pid", "--fork", CRASH_CHILD, way});
    const ChildResult without =
        scene.run_program({"unshare", "--pid", "--fork", CRASH_CHILD, way, "bare"});
    INFO(with.out << with.err);
    CHECK(!with.timed_out);
    CHECK(with.wait_status == without.wait_status);
    CHECK(scene.query("SELECT count(*), pid FROM crashes") == "1|1");
    CHECK(scene.recover().out == "crashes: 0, killed processes: 0\n");
  }
}
