// HandlerOptions::on_crash: a function of the program's adds a note, and may do anything.
#include <catch2/catch.hpp>

#include <csignal>
#include <string>

#include "tests/crash/crash_scene.hpp"

using namespace dblog::test;

namespace {

constexpr const char* kNote =
    "SELECT signal_name, state, note FROM crashes LEFT JOIN crash_notes ON crash_id = id";

}  // namespace

TEST_CASE(
    "crash note: what the program's function wrote is stored with the crash, however it ends") {
  struct Case {
    const char* way;
    const char* row;
  };
  const auto [way, row] = GENERATE(
      Case{"whole", "SIGSEGV|whole|state: 7 jobs waiting"}, Case{"nothing", "SIGSEGV|whole|"},
      Case{"fault", "SIGSEGV|faulted|before the fault"},
      Case{"throw", "SIGSEGV|faulted|before the throw"},
      Case{"abort", "SIGSEGV|faulted|before abort"}, Case{"hang", "SIGSEGV|stuck|before the wait"},
      Case{"spin", "SIGSEGV|stuck|before the loop"},
      Case{"bytes", "SIGSEGV|whole|a\\xFF\x1B[31mb"});
  INFO(way);
  CrashScene scene;
  const ChildResult child = scene.run_program({NOTING_CHILD, way});
  INFO(child.err);
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query(kNote) == row);
  CHECK(scene.query("SELECT count(*) > 3 FROM frames") == "1");
}

TEST_CASE("crash note: no more is kept than there is room for") {
  CrashScene scene;
  CHECK(scene.run_program({NOTING_CHILD, "much"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT length(note), trim(note, 'x') FROM crash_notes") == "1023|");
}

TEST_CASE("crash note: a function that ends the process loses its note and not the crash") {
  const std::string way = GENERATE("leave", "die");
  INFO(way);
  CrashScene scene;
  const ChildResult child = scene.run_program({NOTING_CHILD, way});
  INFO(child.err);
  CHECK((way == "leave" ? child.exit_code() == 9 : child.signal() == SIGKILL));
  CHECK(scene.recover().exit_code() == 0);
  CHECK(scene.query(kNote) == "SIGSEGV||");
}
