// Ends in the middle of scopes: the crash's row has the values, and so have queued events.
#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "tests/crash/crash_scene.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;

constexpr const char* kFields = "SELECT number, name, type, value FROM crash_fields ORDER BY 1";
constexpr const char* kOfScopes =
    "1|user|text|bob\n2|request|integer|7\n3|share|real|0.5\n4|again|boolean|1\n";
constexpr const char* kOfProcess = "5|region|text|eu-1\n6|shard|integer|3";

ChildResult end(CrashScene& scene, const std::string& way) {
  return scene.run_program({CONTEXT_CHILD, way});
}

void check_crash(const std::string& way, int signal) {
  INFO(way);
  CrashScene scene;
  CHECK(end(scene, way).signal() == signal);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
  CHECK(scene.query(kFields) == std::string(kOfScopes) + kOfProcess);
}

}  // namespace

TEST_CASE("context of crashes: the crashed thread's scopes and the process's, no other thread's") {
  check_crash("crash", SIGSEGV);
  check_crash("abort", SIGABRT);
  check_crash("throw", SIGABRT);
}

TEST_CASE("context of crashes: a fault inside a scope's constructor leaves the scopes around it") {
  check_crash("constructor", SIGSEGV);
}

TEST_CASE("context of crashes: a fault while the process's values change leaves those before") {
  check_crash("set-context", SIGSEGV);
}

TEST_CASE("context of crashes: a forked child has the scopes that its thread was in") {
  CrashScene scene;
  CHECK(end(scene, "fork").exit_code() == 0);
  CHECK(scene.query("SELECT group_concat(name || '=' || value, ' ') FROM crash_fields") ==
        scene.query("SELECT 'again=1 process=child region=eu-1 request=7 shard=3 share=0.5 "
                    "user=bob'"));
  CHECK(scene.query("SELECT number FROM crash_fields WHERE name = 'process'") == "1");
}

TEST_CASE("context of crashes: names become one line and texts UTF-8, each name once") {
  CrashScene scene;
  CHECK(end(scene, "odd-names").signal() == SIGSEGV);
  CHECK(scene.query("SELECT hex(name), hex(value) FROM crash_fields WHERE number > 6") ==
        scene.query("SELECT hex('n m'), hex('caf\\xE9') || '1B'"));
}

TEST_CASE(
    "context of killed processes: the process's values are there, queued events have theirs") {
  CrashScene scene;
  CHECK(end(scene, "sigkill").signal() == SIGKILL);
  CHECK(scene.recover().exit_code() == 0);
  CHECK(scene.query("SELECT kind FROM crashes") == "killed");
  CHECK(scene.query(kFields) == "1|region|text|eu-1\n2|shard|integer|3");
  CHECK(scene.query("SELECT number, name, type, value FROM event_fields ORDER BY 1") ==
        std::string(kOfScopes) + kOfProcess);
}
