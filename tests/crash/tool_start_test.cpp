// The tool that a crash or a push starts: found in PATH, started once, with nothing of the
// program's but what it needs. A script stands in for it and writes down how it was started.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/crash/crash_scene.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;

constexpr const char* kStandIn = R"py(#!/usr/bin/python3
import os, signal, sys
def is_open(descriptor):
    try:
        os.fstat(descriptor)
        return True
    except OSError:
        return False
lines = ["arguments: " + " ".join(sys.argv[1:]), "directory: " + os.getcwd()]
lines.append("descriptors: " + " ".join(str(fd) for fd in range(256) if is_open(fd)))
lines.append("input: " + os.readlink("/proc/self/fd/0"))
lines += [line.strip() for line in open("/proc/self/status") if line[:6] == "SigBlk"]
lines.append("ignores SIGUSR1: " + str(signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN))
lines.append("schedule: " + str(os.sched_getscheduler(0)))
lines.append("processors: " + str(len(os.sched_getaffinity(0))))
lines.append("own session: " + str(os.getsid(0) == os.getpgid(0) == os.getpid()))
lines += sorted(name + "=" + value for name, value in os.environ.items())
with open("started.part", "w") as file:
    file.write("\n".join(lines) + "\n")
os.rename("started.part", "started." + str(os.getpid()))
)py";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// A scene with the stand-in as `dblog` in a folder of PATH.
class HelperScene {
 public:
  HelperScene() {
    const auto folder = scene_.path("bin");
    std::filesystem::create_directory(folder);
    std::ofstream{folder / "dblog"} << kStandIn;
    std::filesystem::permissions(folder / "dblog", std::filesystem::perms::owner_all);
    path_ = "PATH=" + folder.string() + ":/usr/bin:/bin";
  }

  void put_in_its_place(std::string_view content) {
    std::ofstream{scene_.path("bin") / "dblog"} << content;
  }

  ChildResult run(const std::vector<std::string>& command,
                  std::vector<std::string> environment = {}) {
    environment.push_back(path_);
    return scene_.run_program(command, environment);
  }

  // What the starts that are there wrote, after waiting for as many as are expected.
  [[nodiscard]] std::vector<std::string> starts(std::size_t expected) const {
    std::vector<std::string> found;
    const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    do {
      found.clear();
      for (const auto& entry : std::filesystem::directory_iterator{scene_.path(".")}) {
        const std::string name = entry.path().filename();
        if (name.starts_with("started.") && name != "started.part") {
          found.push_back(read_file(entry.path()));
        }
      }
      if (found.size() >= expected) break;
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    } while (std::chrono::steady_clock::now() < give_up_at);
    return found;
  }

  [[nodiscard]] const CrashScene& scene() const { return scene_; }

 private:
  CrashScene scene_;
  std::string path_;
};

}  // namespace

TEST_CASE("helper: a crash starts the tool, told which database and which process") {
  HelperScene helper;
  const ChildResult child = helper.run({CRASH_CHILD, "null-write"});
  CHECK(child.signal() == SIGSEGV);
  const auto starts = helper.starts(1);
  REQUIRE(starts.size() == 1);
  CHECK_THAT(starts[0],
             Catch::StartsWith("arguments: flush --db " + helper.scene().path("LOGS.db").string() +
                               " --linger 5 --after " + std::to_string(child.process_id) + "\n"));
  CHECK_THAT(
      starts[0],
      Catch::Contains("\ndirectory: " + helper.scene().path("").parent_path().string() + "\n"));
}

TEST_CASE("helper: it inherits no descriptor, no mask, no ignored signal, and leads its session") {
  HelperScene helper;
  helper.run({CRASH_CHILD, "null-write", "ignored"});
  const auto starts = helper.starts(1);
  REQUIRE(starts.size() == 1);
  CHECK_THAT(starts[0], Catch::Contains("descriptors: 0 1 2\n"));
  CHECK_THAT(starts[0], Catch::Contains("input: /dev/null\n"));
  CHECK_THAT(starts[0], Catch::Contains("SigBlk:\t0000000000000000\n"));
  CHECK_THAT(starts[0], Catch::Contains("ignores SIGUSR1: False\n"));
  CHECK_THAT(starts[0], Catch::Contains("own session: True\n"));
}

TEST_CASE("helper: it runs as an ordinary program, whatever the crashed one was") {
  HelperScene helper;
  helper.run({"/usr/bin/chrt", "--batch", "0", "/usr/bin/taskset", "1", CRASH_CHILD, "null-write"});
  const auto starts = helper.starts(1);
  REQUIRE(starts.size() == 1);
  CHECK_THAT(starts[0], Catch::Contains("schedule: 0\n"));
  CHECK_THAT(
      starts[0],
      Catch::Contains("processors: " + std::to_string(std::thread::hardware_concurrency()) + "\n"));
}

TEST_CASE("helper: its environment holds the settings and no other variable of the program") {
  HelperScene helper;
  helper.run({CRASH_CHILD, "null-write"},
             {"webhook=https://hooks.example/x", "UNRELATED=1", "LD_LIBRARY_PATH=/nowhere"});
  const auto starts = helper.starts(1);
  REQUIRE(starts.size() == 1);
  CHECK_THAT(starts[0], Catch::Contains("\nwebhook=https://hooks.example/x\n"));
  CHECK_THAT(starts[0], !Catch::Contains("UNRELATED"));
  CHECK_THAT(starts[0], !Catch::Contains("LD_LIBRARY_PATH"));
}

TEST_CASE("helper: the crash has the same wait status with it") {
  for (const char* way : {"null-write", "abort", "throw"}) {
    HelperScene helper;
    CrashScene without;
    CHECK(helper.run({CRASH_CHILD, way}).wait_status == without.run({way}).wait_status);
    CHECK(helper.starts(1).size() == 1);
  }
}

TEST_CASE("helper: a program that ends well starts none") {
  HelperScene helper;
  CHECK(helper.run({CRASH_CHILD, "clean"}).exit_code() == 0);
  CHECK(helper.starts(0).empty());
}

TEST_CASE("helper: delivery by the next run starts it there, and only if a message waits") {
  HelperScene helper;
  const std::string webhook = "webhook=https://hooks.example/x";
  helper.run({CRASH_CHILD, "null-write", "delivery=next_run", "slack"}, {webhook});
  CHECK(helper.starts(0).empty());
  helper.run({CRASH_CHILD, "clean", "delivery=next_run"}, {webhook});
  const auto starts = helper.starts(1);
  REQUIRE(starts.size() == 1);
  CHECK_THAT(starts[0], !Catch::Contains("--after"));
}

TEST_CASE("helper: without delivery nothing is started, now or at the next run") {
  HelperScene helper;
  const std::string webhook = "webhook=https://hooks.example/x";
  helper.run({CRASH_CHILD, "null-write", "delivery=none", "slack"}, {webhook});
  helper.run({CRASH_CHILD, "clean", "delivery=none"}, {webhook});
  CHECK(helper.starts(0).empty());
}

TEST_CASE("helper: a tool that the system does not run is reported") {
  HelperScene helper;
  const std::string webhook = "webhook=https://hooks.example/x";
  helper.run({CRASH_CHILD, "null-write", "delivery=next_run", "slack"}, {webhook});
  helper.put_in_its_place("neither a program nor a script");
  const ChildResult next = helper.run({CRASH_CHILD, "clean", "delivery=next_run"}, {webhook});
  CHECK_THAT(next.err, Catch::Contains("could not be started"));
}

TEST_CASE("helper: without the tool the report says so where messages were asked for") {
  CrashScene scene;
  const ChildResult child = scene.run({"clean", "slack"}, {"PATH=/nowhere"});
  CHECK_THAT(child.out, Catch::Contains("missing delivery: the tool `dblog` is neither in PATH"));
  CHECK(scene.run({"clean"}, {"PATH=/nowhere"}).out.empty());
}

TEST_CASE("helper: the report names the channels that were asked for and are not set") {
  CrashScene scene;
  const ChildResult child = scene.run({"clean", "slack", "email"});
  CHECK_THAT(child.out,
             Catch::Contains("missing settings: webhook is not set: messages for Slack"));
  CHECK_THAT(child.out, Catch::Contains("missing settings: mail_server is not set"));
  const ChildResult other = scene.run({"clean", "slack"}, {"webhook=https://hooks.example/x"});
  CHECK_THAT(other.out, !Catch::Contains("is not set"));
}
