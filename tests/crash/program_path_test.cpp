// Which program it was, however it was started and whatever its path is made of.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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

std::string build_id_of(const fs::path& file) {
  std::istringstream notes{run_child({.arguments = {"readelf", "-n", file}}).out};
  for (std::string word; notes >> word;) {
    if (word == "ID:" && notes >> word) return word;
  }
  return {};
}

void change_build_id(const fs::path& file) {
  constexpr const char* kSection = ".note.gnu.build-id";
  const fs::path note = file.native() + ".note";
  const auto objcopy = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> command{"objcopy"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const ChildResult done = run_child({.arguments = command});
    INFO(done.err);
    REQUIRE(done.exit_code() == 0);
  };
  objcopy({"-O", "binary", "--only-section", kSection, file, note});
  std::fstream bytes{note, std::ios::in | std::ios::out | std::ios::binary};
  bytes.seekg(-1, std::ios::end);
  const char last = static_cast<char>(bytes.get() ^ 1);
  bytes.seekp(-1, std::ios::end);
  bytes.put(last);
  bytes.close();
  objcopy({"--update-section", std::string{kSection} + "=" + note.native(), file});
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

TEST_CASE(
    "program path: frames of a file that was replaced while it ran are not named by another") {
  CrashScene scene;
  const fs::path program = copy_of_child(scene, "app");
  fs::copy_file(THROWING_CHILD, scene.path("other"));
  REQUIRE(scene.run_program({"./app", "replaced"}).signal() == SIGSEGV);
  REQUIRE_FALSE(fs::exists(scene.path("other")));
  symbolize(scene);
  const std::string frames_of_program =
      "SELECT count(*) > 0, count(function), count(line), count(DISTINCT build_id), "
      "max(build_id) = '" +
      build_id_of(CRASH_CHILD) + "' FROM frames WHERE module = '" + program.native() + "'";
  CHECK(scene.query("SELECT executable FROM crashes") == program);
  CHECK(scene.query(frames_of_program) == "1|0|0|1|1");

  fs::remove(program);
  fs::copy_file(CRASH_CHILD, program);
  REQUIRE(
      run_child({.arguments = {DBLOG_TOOL, "--db", scene.path("LOGS.db"), "symbolize", "--retry"}})
          .exit_code() == 0);
  CHECK_THAT(scene.query(kCrashedFunction + std::string{"1"}), Catch::Contains("write_to_null"));
}

TEST_CASE("program path: a program that was replaced while it ran has a group of its own") {
  CrashScene scene;
  // The same code and no names: only the build id tells the two apart.
  const fs::path program = copy_of_child(scene, "app");
  REQUIRE(run_child({.arguments = {"strip", program}}).exit_code() == 0);
  fs::create_directory(scene.path("again"));
  fs::copy_file(program, scene.path("again/app"));
  fs::copy_file(program, scene.path("other"));
  change_build_id(scene.path("other"));
  REQUIRE(build_id_of(scene.path("other")) != build_id_of(program));
  REQUIRE(scene.run_program({"./app", "replaced"}).signal() == SIGSEGV);
  fs::copy_file(scene.path("again/app"), scene.path("other"));
  REQUIRE(scene.run_program({"./app", "replaced"}).signal() == SIGSEGV);
  fs::copy_file(scene.path("again/app"), scene.path("other"));
  REQUIRE(scene.run_program({"again/app", "replaced"}).signal() == SIGSEGV);
  symbolize(scene);
  CHECK(scene.query("SELECT count(DISTINCT offset) FROM frames JOIN crashes "
                    "ON id = crash_id AND tid = thread WHERE depth = 0") == "1");
  CHECK(scene.query("SELECT count(*), count(DISTINCT fingerprint) FROM crashes") == "3|2");
  CHECK(scene.query("SELECT count(DISTINCT fingerprint) FROM crashes WHERE id IN (1, 3)") == "1");
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
