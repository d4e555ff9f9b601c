// What belongs to the program is left to it.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

std::string text_of(const CrashScene& scene, const char* name) {
  std::ifstream file{scene.path(name)};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("neighbour: no line of ours goes into a file that got the number of standard error") {
  CrashScene scene;
  const ChildResult child = scene.run_program({NEIGHBOUR_CHILD, "file"});
  CHECK(child.signal() == SIGSEGV);
  CHECK(text_of(scene, "errors.txt").empty());
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("neighbour: nor into a socket") {
  CrashScene scene;
  const ChildResult child = scene.run_program({NEIGHBOUR_CHILD, "socket"});
  CHECK(child.signal() == SIGSEGV);
  CHECK(child.out == "-1\n");
}

TEST_CASE("neighbour: a standard error that was closed stays so") {
  CrashScene scene;
  CHECK(scene.run_program({NEIGHBOUR_CHILD, "closed"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("neighbour: what was redirected before handlers are installed gets the lines") {
  CrashScene scene;
  CHECK(scene.run_program({NEIGHBOUR_CHILD, "redirected"}).signal() == SIGSEGV);
  CHECK_THAT(text_of(scene, "errors.txt"),
             Catch::Contains("no table") && Catch::Contains("recorded in"));
}
