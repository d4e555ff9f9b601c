// Threads whose thread pointer is not their own when a signal strikes: an emulator's guest code,
// and a write that has reached the thread's block.
#include <sys/auxv.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <vector>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

bool can_look() {
  constexpr unsigned long kFsGsBase = 2;
  if ((::getauxval(AT_HWCAP2) & kFsGsBase) != 0) return true;
  WARN("skipped: programs cannot read the thread pointer here (FSGSBASE)");
  return false;
}

const char* const kPointers[] = {"null", "block"};

}  // namespace

TEST_CASE("guest: faults that an emulator repairs are left to it, as is its thread pointer") {
  if (!can_look()) return;
  for (const char* pointer : kPointers) {
    for (const std::vector<std::string>& options : {{}, std::vector<std::string>{"chain-first"}}) {
      INFO(pointer << ' ' << options.size());
      CrashScene scene;
      std::vector<std::string> command{GUEST_CHILD, "repaired", pointer};
      command.insert(command.end(), options.begin(), options.end());
      const ChildResult child = scene.run_program(command);
      INFO(child.err);
      CHECK(child.exit_code() == 0);
      REQUIRE(scene.recover().exit_code() == 0);
      CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
    }
  }
}

TEST_CASE("guest: a fault without an emulator's handler, or that it leaves, is recorded") {
  if (!can_look()) return;
  for (const char* pointer : kPointers) {
    for (const char* way : {"fault", "left", "once"}) {
      INFO(way << ' ' << pointer);
      CrashScene scene;
      const ChildResult child = scene.run_program({GUEST_CHILD, way, pointer});
      INFO(child.err);
      CHECK(child.signal() == SIGSEGV);
      REQUIRE(scene.recover().exit_code() == 0);
      CHECK(scene.query("SELECT kind, signal_name, fault_address FROM crashes") ==
            "signal|SIGSEGV|0x0");
      CHECK_THAT(scene.function_at(0), Catch::Contains("fault_in_guest"));
    }
  }
}

TEST_CASE("guest: a signal that asks the program to end does so, without a row") {
  if (!can_look()) return;
  for (const char* pointer : kPointers) {
    CrashScene scene;
    const ChildResult child = scene.run_program({GUEST_CHILD, "ended", pointer});
    INFO(child.err);
    CHECK(child.signal() == SIGTERM);
    REQUIRE(scene.recover().exit_code() == 0);
    CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
  }
}

TEST_CASE("guest: a thread in the guest tells where it is when another one crashes") {
  if (!can_look()) return;
  for (const char* pointer : kPointers) {
    CrashScene scene;
    const ChildResult child = scene.run_program({GUEST_CHILD, "asked", pointer});
    INFO(child.err);
    CHECK(child.signal() == SIGSEGV);
    CHECK(scene.query("SELECT count(*), count(DISTINCT thread) FROM crashes JOIN frames "
                      "ON id = crash_id AND depth = 0") == "2|2");
  }
}

TEST_CASE("guest: a crash after a write over the head of the thread's block is recorded") {
  if (!can_look()) return;
  CrashScene scene;
  const ChildResult child = scene.run_program({GUEST_CHILD, "overrun", "null"});
  INFO(child.err);
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT kind, signal_name, fault_address FROM crashes") ==
        "signal|SIGSEGV|0x0");
  CHECK_THAT(scene.function_at(0), Catch::Contains("overrun"));
}
