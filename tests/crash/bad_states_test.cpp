// Crashes in bad states of the heap, the loader, the stack, the limits and the system: the process
// dies of its own signal, and there is one true row, at once or after `dblog recover`.
#include <unistd.h>
#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "tests/crash/crash_scene.hpp"
#include "tests/support/parallel.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;

struct BadState {
  const char* name;
  int death;         // the signal that ends the process; 0: it exits with 0
  const char* rows;  // signal or kind of each row
  const char* message;
};

constexpr const char* kNullWrite = "SIGSEGV: write to address 0x0";

constexpr BadState kStates[] = {
    {"fault-inside-malloc", SIGSEGV, "SIGSEGV", "SIGSEGV: read from address 0x20"},
    {"smashed-heap", SIGSEGV, "SIGSEGV", "SIGSEGV: "},
    {"arena-of-stopped-thread", SIGSEGV, "SIGSEGV", kNullWrite},
    {"loader-locked", SIGSEGV, "SIGSEGV", kNullWrite},
    {"loader-of-stopped-thread", SIGSEGV, "SIGSEGV", kNullWrite},
    {"no-descriptors", SIGSEGV, "SIGSEGV", kNullWrite},
    {"no-memory", SIGSEGV, "SIGSEGV", kNullWrite},
    {"bad-alloc", SIGABRT, "exception", "std::bad_alloc"},
    {"no-processes", SIGSEGV, "SIGSEGV", kNullWrite},
    {"no-timers", SIGSEGV, "SIGSEGV", kNullWrite},
    {"no-files", SIGSEGV, "SIGSEGV", kNullWrite},
    {"atexit", SIGSEGV, "SIGSEGV", kNullWrite},
    {"in-handler", SIGSEGV, "SIGSEGV", kNullWrite},
    {"in-handler-on-stack", SIGSEGV, "SIGSEGV", kNullWrite},
    {"jump-to-data", SIGSEGV, "SIGSEGV", "SIGSEGV: jump to address"},
    {"return-addresses-A", SIGSEGV, "SIGSEGV", kNullWrite},
    {"return-addresses-0", SIGSEGV, "SIGSEGV", kNullWrite},
    {"small-stack-overflow", SIGSEGV, "SIGSEGV", "SIGSEGV: stack overflow"},
    {"small-stack-crash", SIGSEGV, "SIGSEGV", kNullWrite},
    {"fiber-overflow", SIGSEGV, "SIGSEGV", "SIGSEGV: stack overflow"},
    // glibc has blocked all signals there, so the kernel kills at once.
    {"timer-thread", SIGSEGV, "killed", "cause unknown"},
    {"thrd-overflow", SIGSEGV, "SIGSEGV", "SIGSEGV: stack overflow"},
    {"killed-by-other", SIGSEGV, "SIGSEGV", "SIGSEGV: sent by process"},
    {"vfork", SIGSEGV, "SIGSEGV", kNullWrite},
    {"double-fork", 0, "SIGSEGV", kNullWrite},
    {"handler-above", SIGSEGV, "SIGSEGV", kNullWrite},
    {"chaining-handler-above", SIGSEGV, "SIGSEGV", kNullWrite},
    {"cut-box-breadcrumb", SIGSEGV, "SIGSEGV", kNullWrite},
    {"cut-box-crash", SIGSEGV, "SIGSEGV", kNullWrite},
    {"seccomp-errno", SIGSEGV, "SIGSEGV", kNullWrite},
    {"seccomp-trap", SIGSEGV, "SIGSEGV", kNullWrite},
    {"slow-disk", SIGSEGV, "SIGSEGV", kNullWrite},
    {"sigpipe", SIGPIPE, "killed", "SIGPIPE"},
    {"sigalrm", SIGALRM, "killed", "SIGALRM"},
};

struct Outcome {
  ChildResult child;
  std::string rows;
  std::string message;
};

std::string rows_of(const CrashScene& scene) {
  return scene.query("SELECT group_concat(coalesce(signal_name, kind)) FROM crashes");
}

}  // namespace

TEST_CASE("bad states: each crash makes one true row and dies as it would") {
  std::vector<Outcome> outcomes(std::size(kStates));
  dblog::test::run_in_parallel(outcomes.size(), [&](std::size_t i) {
    CrashScene scene;
    outcomes[i].child = scene.run_program({BAD_STATE_CHILD, kStates[i].name});
    (void)scene.recover();
    outcomes[i].rows = rows_of(scene);
    outcomes[i].message = scene.query("SELECT msg FROM crashes");
  });
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const BadState& state = kStates[i];
    INFO(state.name << '\n' << outcomes[i].child.out << outcomes[i].child.err);
    CHECK(!outcomes[i].child.timed_out);
    CHECK(outcomes[i].child.signal() == state.death);
    if (state.death == 0) CHECK(outcomes[i].child.exit_code() == 0);
    CHECK(outcomes[i].rows == state.rows);
    CHECK_THAT(outcomes[i].message, Catch::Contains(state.message));
  }
}

TEST_CASE("bad states: a crash before main() is recorded") {
  CrashScene scene;
  const ChildResult child = scene.run_program({BAD_STATE_CHILD, "none"}, {"CRASH_BEFORE_MAIN=1"});
  CHECK(child.signal() == SIGSEGV);
  CHECK(rows_of(scene) == "SIGSEGV");
}

TEST_CASE("bad states: a crash in the constructor of a library that is being loaded is recorded") {
  CrashScene scene;
  const ChildResult child =
      scene.run_program({BAD_STATE_CHILD, "plug-in-constructor"},
                        {"PLUGIN=" CRASHING_PLUGIN_SHARED, "PLUGIN_CRASHES=1"});
  INFO(child.err);
  CHECK(child.signal() == SIGSEGV);
  CHECK(rows_of(scene) == "SIGSEGV");
}

TEST_CASE("bad states: a plug-in that installed the handlers may be unloaded") {
  for (const char* plugin : {CRASHING_PLUGIN_SHARED, CRASHING_PLUGIN_STATIC}) {
    INFO(plugin);
    CrashScene scene;
    const ChildResult child = scene.run_program({PLUGIN_CHILD, plugin});
    INFO(child.err);
    CHECK(child.signal() == SIGSEGV);
    CHECK(rows_of(scene) == "SIGSEGV");
    CHECK(scene.query("SELECT name, value FROM crash_fields") == "plug-in|1");
  }
}

TEST_CASE("bad states: forks of a process whose other thread logs make a row each") {
  CrashScene scene;
  const ChildResult child = scene.run_program({BAD_STATE_CHILD, "fork-while-logging"});
  INFO(child.err);
  CHECK(child.signal() == SIGSEGV);
  (void)scene.recover();
  CHECK(scene.query("SELECT count(*), count(DISTINCT pid), min(kind), max(kind) FROM crashes") ==
        "11|11|signal|signal");
  CHECK(scene.query("SELECT count(*) FROM by_children; PRAGMA integrity_check") == "10\nok");
}

TEST_CASE("bad states: a truncated black box does not end a program that logs") {
  CrashScene scene;
  const ChildResult child = scene.run_program({BAD_STATE_CHILD, "cut-box-push"});
  INFO(child.err);
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT count(*) FROM events") == "1");
}

TEST_CASE("bad states: alternate stacks of threads that ended are not left behind") {
  CrashScene scene;
  const char* wanted = std::getenv("DBLOG_ROUNDS");
  const std::string threads = wanted != nullptr ? "1000000" : "20000";
  const ChildResult child = scene.run_program({BAD_STATE_CHILD, "short-threads"},
                                              {"THREADS=" + threads}, std::chrono::minutes{10});
  CHECK(child.exit_code() == 0);
  WARN(child.out);
}
