// Uncaught exceptions, thrown in every way: the frames are those of the throw.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/crash/crash_scene.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;

ChildResult die(CrashScene& scene, const std::string& way, const std::string& where = "main") {
  return scene.run_program({THROWING_CHILD, way, where}, {"THROWING_CHILD=" + way});
}

void check_top(const std::string& way, const std::string& thrower,
               const std::string& words = "thrown here") {
  for (const char* where : {"main", "thread"}) {
    INFO(way << " in " << where);
    CrashScene scene;
    const ChildResult child = die(scene, way, where);
    INFO(child.out << child.err);
    CHECK(child.signal() == SIGABRT);
    REQUIRE(scene.query("SELECT count(*) FROM crashes") == "1");
    CHECK(scene.query("SELECT kind FROM crashes") == "exception");
    CHECK_THAT(scene.query("SELECT msg FROM crashes"), Catch::Contains(words));
    CHECK_THAT(scene.function_at(0), Catch::Contains(thrower));
    CHECK(scene.query("SELECT count(*) = count(module) AND min(return_address) = 1 FROM frames "
                      "JOIN crashes ON id = crash_id AND tid = thread") == "1");
  }
}

// The C++ library's own functions may come before the one that is meant.
bool has_function(const CrashScene& scene, const std::string& function) {
  const int count = std::stoi(scene.query("SELECT count(*) FROM frames"));
  for (int depth = 0; depth < count && depth < 8; ++depth) {
    if (scene.functions_at(depth).find(function) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("throw sites: an exception that leaves main or a thread shows where it was thrown") {
  check_top("plain", "simple_thrower");
}

TEST_CASE("throw sites: a noexcept function shows the throw, though a destructor has run") {
  check_top("noexcept", "simple_thrower");
}

TEST_CASE("throw sites: a destructor that throws shows the throw") {
  check_top("destructor", "simple_thrower");
}

TEST_CASE("throw sites: a throw during another's unwinding shows the second") {
  check_top("while-unwinding", "simple_thrower");
}

TEST_CASE("throw sites: a rethrown exception shows the first throw") {
  check_top("rethrow", "simple_thrower");
  check_top("rethrow-noexcept", "simple_thrower");
}

TEST_CASE("throw sites: an exception that was carried from another thread shows the throw there") {
  check_top("carried", "simple_thrower");
  check_top("async", "simple_thrower");
}

TEST_CASE("throw sites: an exception that was made without a throw shows where it was made") {
  CrashScene scene;
  die(scene, "made");
  CHECK(scene.query("SELECT msg FROM crashes") == "made here");
  CHECK(has_function(scene, "pointer_thrower"));
}

TEST_CASE("throw sites: an exception at the address of an earlier one shows its own throw") {
  CrashScene scene;
  const ChildResult child = die(scene, "used-address");
  CHECK(child.out.empty());  // says so if the address was another
  CHECK_THAT(scene.function_at(0), Catch::Contains("simple_thrower"));
}

TEST_CASE("throw sites: nested exceptions show where the outermost was thrown") {
  CrashScene scene;
  die(scene, "nested");
  CHECK_THAT(scene.query("SELECT msg FROM crashes"),
             Catch::Contains("outer\ncaused by: std::logic_error: thrown there"));
  CHECK(has_function(scene, "nested_thrower"));
}

TEST_CASE("throw sites: an exception of the C++ library shows who called it") {
  CrashScene scene;
  die(scene, "library");
  CHECK(scene.query("SELECT exception_type FROM crashes") == "std::out_of_range");
  CHECK(has_function(scene, "library_thrower"));
}

TEST_CASE("throw sites: a stack that is still there is shown to its other end") {
  CrashScene scene;
  die(scene, "deep");
  CHECK_THAT(scene.function_at(0), Catch::Contains("simple_thrower"));
  CHECK(scene.query("SELECT count(*) > 200 FROM frames") == "1");
}

TEST_CASE("throw sites: a stack that was unwound shows its innermost frames") {
  CrashScene scene;
  die(scene, "deep-destructors");
  CHECK_THAT(scene.function_at(0), Catch::Contains("simple_thrower"));
  CHECK_THAT(scene.function_at(63), Catch::Contains("deep_thrower"));
}

TEST_CASE("throw sites: an exception of another language is told as such, with its throw") {
  CrashScene scene;
  const ChildResult child = die(scene, "foreign");
#ifdef __clang__  // libstdc++'s own terminate handler faults on such an exception
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT kind, exception_type IS NULL, msg FROM crashes") ==
        "exception|1|uncaught exception of another language (its class is \"TESTLANG\")");
  CHECK_THAT(scene.function_at(0), Catch::Contains("foreign_thrower"));
#else  // GCC's runtime calls std::terminate without saying for which exception
  CHECK(child.signal() == SIGABRT);
  CHECK(scene.query("SELECT kind FROM crashes") == "terminate");
  CHECK_THAT(scene.function_at(0), Catch::Contains("foreign_with_a_destructor"));
#endif
}

TEST_CASE("throw sites: a throw before main shows its place") {
  check_top("global-constructor", "simple_thrower");
}

TEST_CASE("throw sites: std::terminate in a handler shows what was thrown, not who gave up") {
  check_top("terminate-in-handler", "simple_thrower");
}

TEST_CASE("throw sites: without the option a noexcept violation is recorded all the same") {
  CrashScene scene;
  const ChildResult child = die(scene, "removed");
  CHECK(child.signal() == SIGABRT);
  CHECK(scene.query("SELECT count(*), max(msg) FROM crashes") == "1|thrown here");
  CHECK_FALSE(has_function(scene, "simple_thrower"));
}

#ifdef COROUTINE_CHILD
TEST_CASE("throw sites: a program lives whose unwind tables are wrong for the end of a stack") {
  const std::string tables = GENERATE("above", "astray");
  INFO(tables);
  CrashScene scene;
  const ChildResult child = scene.run_program({COROUTINE_CHILD, tables});
  INFO(child.err);
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
  CHECK(scene.query("SELECT count(*), count(pushed_at), count(thrown_at) "
                    "FROM event_stacks") == "3|3|3");
}

TEST_CASE("throw sites: a program lives that pushes on such a stack and has no handlers") {
  const std::string tables = GENERATE("above", "astray");
  INFO(tables);
  CrashScene scene;
  const ChildResult child = scene.run_program({COROUTINE_CHILD, tables, "logger"});
  INFO(child.err);
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT count(*), count(pushed_at) FROM event_stacks") == "3|3");
}

TEST_CASE("throw sites: a crash on such a stack has the frames that there are") {
  const std::string tables = GENERATE("above", "astray");
  INFO(tables);
  CrashScene scene;
  const ChildResult child = scene.run_program({COROUTINE_CHILD, tables, "crash"});
  INFO(child.err);
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT signal_name, count(*) FROM crashes JOIN frames ON crash_id = id "
                    "GROUP BY id") == "SIGSEGV|1");
  CHECK_THAT(scene.function_at(0), Catch::Contains("run_coroutine"));
}
#endif
