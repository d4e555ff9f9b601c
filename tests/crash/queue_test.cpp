// Ends that leave events in the queue: the next run, or `dblog recover`, imports them.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

int count_queues(const CrashScene& scene) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scene.path("."))) {
    count += entry.path().filename().string().find("-queue-") != std::string::npos ? 1 : 0;
  }
  return count;
}

// All events, once, each thread's in its order.
void check_events(const CrashScene& scene) {
  CHECK(scene.query("SELECT count(*), count(DISTINCT msg) FROM t") == "1000|1000");
  CHECK(scene.query("SELECT count(*) FROM (SELECT CAST(substr(msg, 3) AS INTEGER) AS n, "
                    "lag(CAST(substr(msg, 3) AS INTEGER), 1, -1) OVER (PARTITION BY substr(msg, 1, "
                    "1) ORDER BY id) AS p FROM t) WHERE n <> p + 1") == "0");
  CHECK(count_queues(scene) == 0);
}

}  // namespace

TEST_CASE("queue: however a program ends, the next look finds its events") {
  for (const char* end : {"crash", "abort", "_exit", "sigkill", "sigterm", "exec", "quick-exit"}) {
    INFO(end);
    CrashScene scene;
    const ChildResult child = scene.run_program({QUEUEING_CHILD, end});
    CHECK(child.exit_code() != 70);
    CHECK(count_queues(scene) == 1);
    const ChildResult recover = dblog::test::run_child(
        {.arguments = {DBLOG_TOOL, "--db", scene.path("LOGS.db"), "recover"}});
    CHECK(recover.exit_code() == 0);
    check_events(scene);
  }
}

TEST_CASE("queue: a crash keeps its own row, its signal and its wait status") {
  CrashScene scene;
  CHECK(scene.run_program({QUEUEING_CHILD, "crash"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*), signal_name FROM crashes") == "1|SIGSEGV");
}

TEST_CASE("queue: the next runs' install_handlers() import what is left") {
  constexpr int kMostRuns = 20;  // one is enough, unless the machine is busy
  CrashScene scene;
  scene.run_program({QUEUEING_CHILD, "sigkill"});
  for (int run = 0; run < kMostRuns && count_queues(scene) > 0; ++run) {
    CHECK(scene.run({"clean"}).exit_code() == 0);
  }
  check_events(scene);
  CHECK(scene.query("SELECT count(*) FROM crashes WHERE kind = 'killed'") == "1");
}

TEST_CASE("queue: recover says how many events it imported, and refuses what is no queue") {
  CrashScene scene;
  scene.run_program({QUEUEING_CHILD, "sigkill"});
  const std::string left = scene.query("SELECT 1000 - count(*) FROM t");
  const auto broken = scene.path("LOGS.db-queue-1-x");
  std::filesystem::copy_file("/proc/self/exe", broken);
  const ChildResult recover =
      dblog::test::run_child({.arguments = {DBLOG_TOOL, "--db", scene.path("LOGS.db"), "recover"}});
  CHECK(recover.exit_code() == 1);
  if (left != "0") CHECK_THAT(recover.out, Catch::Contains("queued events: " + left + "\n"));
  CHECK_THAT(recover.out, Catch::Contains("LOGS.db-queue-1-x: is no queue file"));
  std::filesystem::remove(broken);
  check_events(scene);
}
