// Which program it was, however it was started and whatever its path is made of.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "tests/crash/crash_scene.hpp"

using namespace dblog::test;
namespace fs = std::filesystem;

namespace {

// The kernel's loader of dynamic programs, as the program names it.
std::string loader() {
  std::istringstream headers{run_child({.arguments = {"readelf", "-lW", CRASH_CHILD}}).out};
  for (std::string word; headers >> word;) {
    if (word == "interpreter:" && headers >> word) return word.substr(0, word.find(']'));
  }
  return {};
}

fs::path copy_of_child(const CrashScene& scene, const std::string& name) {
  const fs::path copy = scene.path(name);
  fs::create_directories(copy.parent_path());
  fs::copy_file(CRASH_CHILD, copy);
  return copy;
}

void symbolize(const CrashScene& scene) {
  REQUIRE(run_child({.arguments = {DBLOG_TOOL, "--db", scene.path("LOGS.db"), "symbolize"}})
              .exit_code() == 0);
}

const char* const kCrashedFunction =
    "SELECT function FROM frames JOIN crashes ON id = crash_id AND tid = thread "
    "WHERE depth = 0 AND inlined = 0 AND id = ";

}  // namespace

TEST_CASE("program path: one that its loader started is itself, and so are its frames") {
  CrashScene scene;
  const fs::path program = copy_of_child(scene, "app");
  REQUIRE(scene.run_program({"./app", "null-write"}).signal() == SIGSEGV);
  REQUIRE(scene.run_program({loader(), "./app", "null-write"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT DISTINCT executable FROM crashes") == program);
  CHECK(scene.query("SELECT count(DISTINCT module || build_id || offset) FROM frames JOIN crashes "
                    "ON id = crash_id AND tid = thread WHERE depth = 0") == "1");
  symbolize(scene);
  CHECK_THAT(scene.query(kCrashedFunction + std::string{"2"}), Catch::Contains("write_to_null"));
  CHECK(scene.query("SELECT count(*), count(DISTINCT fingerprint) FROM crashes") == "2|1");
}

TEST_CASE("program path: bytes that are not UTF-8 are kept, and lead back to the file") {
  CrashScene scene;
  for (const std::string name : {"caf\xE9/app", "caf\\xE9/app"}) {
    const fs::path program = copy_of_child(scene, name);
    REQUIRE(scene.run_program({program, "null-write"}).signal() == SIGSEGV);
  }
  const std::string directory = scene.path("").parent_path();
  CHECK(scene.query("SELECT executable FROM crashes ORDER BY id") ==
        directory + "/caf\\xE9/app\n" + directory + "/caf\\x5CxE9/app");
  symbolize(scene);
  for (const char* id : {"1", "2"}) {
    CHECK_THAT(scene.query(kCrashedFunction + std::string{id}), Catch::Contains("write_to_null"));
  }
}

TEST_CASE("program path: a program that was deleted keeps its name") {
  CrashScene scene;
  const fs::path program = copy_of_child(scene, "app");
  const char* const script = "exec 9<app; rm app; exec /proc/self/fd/9 null-write";
  REQUIRE(scene.run_program({"bash", "-c", script}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT executable FROM crashes") == program);
}

TEST_CASE("program path: without /proc it is what was started, from the working directory") {
  CrashScene scene;
  const fs::path program = copy_of_child(scene, "app");
  // A user namespace is what an ordinary user needs for it.
  const char* const script = "umount -l /proc && exec ./app null-write || exit 77";
  const std::string as_root = ::geteuid() == 0 ? "--mount" : "-Urm";
  const ChildResult child = scene.run_program({"unshare", as_root, "sh", "-c", script});
  if (child.signal() != SIGSEGV) {
    WARN("not tried: a program without /proc cannot be had here: " << child.err);
    return;
  }
  CHECK(scene.query("SELECT executable FROM crashes") == program);
}
