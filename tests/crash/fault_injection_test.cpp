// Whatever the system does to the handler: each of its system calls fails, the process is killed
// at each of them, the handler itself faults, aborts or throws at each of them. It never hangs,
// the death stays what it was, and after `dblog recover` there is exactly one row.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/crash/crash_scene.hpp"
#include "tests/crash/handler_tracer.hpp"
#include "tests/crash/traced_child.hpp"
#include "tests/support/parallel.hpp"

namespace {

using dblog::test::CrashScene;
using dblog::test::Meddler;
using dblog::test::Meddling;
using dblog::test::run_in_parallel;
using dblog::test::TracedDeath;

struct Scenario {
  const char* way;
  int death;         // the signal that ends the process
  const char* kind;  // of the row
  const char* hardware;
};
constexpr Scenario kSignal{"null-write", SIGSEGV, "signal", "hw"};
constexpr Scenario kShortSignal{"null-write", SIGSEGV, "signal", "nohw"};
constexpr Scenario kTerminate{"throw", SIGABRT, "exception", "hw"};
constexpr Scenario kShortTerminate{"throw", SIGABRT, "exception", "nohw"};

// One child for every system call of the handler.
struct Series {
  Scenario scenario;
  Meddler meddler;
  bool is_always_run;  // the others only with DBLOG_ROUNDS
};

constexpr Meddler failing(int error) { return {.what = Meddling::fail, .error = error}; }
constexpr Meddler failing_from(int error) {
  return {.what = Meddling::fail, .error = error, .goes_on = true};
}

const Series kKills[] = {
    {kSignal, {.what = Meddling::kill}, true},
    {kShortTerminate, {.what = Meddling::kill}, true},
};
const Series kNestedCrashes[] = {
    {kShortSignal, {.what = Meddling::fault}, true},
    {kShortTerminate, {.what = Meddling::abort}, true},
    {kShortSignal, {.what = Meddling::exception}, true},
    {kTerminate, {.what = Meddling::fault}, false},
    {kSignal, {.what = Meddling::abort}, false},
    {kTerminate, {.what = Meddling::exception}, false},
};
const Series kFailures[] = {
    {kSignal, failing(EIO), true},        {kShortTerminate, failing(ENOMEM), true},
    {kShortSignal, failing(EINTR), true}, {kSignal, failing(EINTR), false},
    {kSignal, failing(ENOSPC), false},    {kSignal, failing(EPERM), false},
    {kSignal, failing(EAGAIN), false},    {kTerminate, failing(EIO), false},
    {kTerminate, failing(EINTR), false},  {kTerminate, failing(ENOSPC), false},
    {kTerminate, failing(EPERM), false},  {kTerminate, failing(EAGAIN), false},
};
const Series kFailuresFromThereOn[] = {
    {kShortSignal, failing_from(EPERM), true}, {kSignal, failing_from(EIO), false},
    {kSignal, failing_from(ENOSPC), false},    {kTerminate, failing_from(EPERM), false},
    {kTerminate, failing_from(EIO), false},
};

TracedDeath run(const CrashScene& scene, const Scenario& scenario, const Meddler& meddler) {
  return dblog::test::run_traced(
      {CRASH_CHILD, scenario.way, "traced", "deadline=5000", scenario.hardware}, scene.path("."),
      meddler);
}

// The kinds of the rows of each process, with commas between them.
std::map<pid_t, std::string> kinds_by_process(const CrashScene& scene) {
  std::map<pid_t, std::string> kinds;
  std::istringstream lines{scene.query("SELECT pid, group_concat(kind) FROM crashes GROUP BY pid")};
  for (std::string line; std::getline(lines, line);) {
    kinds[std::stoi(line)] = line.substr(line.find('|') + 1);
  }
  return kinds;
}

bool says_that_it_is_lost(const TracedDeath& death) {
  return death.err.find("NOT recorded") != std::string::npos &&
         death.err.find("kept beside it") == std::string::npos;
}

// Whether that call of the process belonged to the steps: before and after them, nothing of ours
// can crash. Asked of the process's own calls: how many come before differs with its waits for
// locks.
bool is_in_step(const TracedDeath& death, int call) {
  const auto last = death.calls.begin() + call;
  // What looks at dispositions comes before the steps and after them.
  return *last != SYS_rt_sigaction &&
         std::find(death.calls.begin(), last, SYS_rt_sigaction) != last &&
         std::find(death.calls.begin(), last + 1, SYS_timer_delete) == last + 1;
}

void check(const Scenario& scenario, const Meddler& meddler, const TracedDeath& death,
           const std::string& kind) {
  CHECK(!death.timed_out);
  REQUIRE(WIFSIGNALED(death.wait_status));
  const int signal = WTERMSIG(death.wait_status);
  const bool came_to_it = meddler.at < std::ssize(death.calls);
  if (meddler.what == Meddling::kill && came_to_it) {
    CHECK(signal == SIGKILL);
    // "killed" before it had begun to record, "terminate" before it had looked at the exception.
    const bool is_early = kind == "killed" || kind == "terminate";
    INFO("kind: " << kind);
    CHECK((kind == scenario.kind || is_early));
  } else if (!came_to_it || meddler.what == Meddling::fail || is_in_step(death, meddler.at)) {
    CHECK(signal == scenario.death);
    if (!kind.empty() || !says_that_it_is_lost(death)) CHECK(kind == scenario.kind);
  } else {
    CHECK(!kind.empty());
    CHECK(kind.find(',') == std::string::npos);
  }
}

void play(const Series& series) {
  CrashScene scene;
  const TracedDeath undisturbed = run(scene, series.scenario, {});
  REQUIRE(undisturbed.calls.size() > 30);
  std::vector<TracedDeath> deaths(undisturbed.calls.size());
  const auto meddler_at = [&](std::size_t call) {
    Meddler meddler = series.meddler;
    meddler.at = static_cast<int>(call);
    return meddler;
  };
  run_in_parallel(
      deaths.size(), [&](std::size_t i) { deaths[i] = run(scene, series.scenario, meddler_at(i)); },
      3);
  CHECK(scene.recover().exit_code() == 0);
  std::map<pid_t, std::string> kinds = kinds_by_process(scene);
  for (std::size_t i = 0; i < deaths.size(); ++i) {
    std::ostringstream calls;  // the last ones before it, and it
    const auto end = std::min(i + 1, deaths[i].calls.size());
    for (std::size_t call = end > 6 ? end - 6 : 0; call < end; ++call) {
      calls << ' ' << deaths[i].calls[call];
    }
    INFO(series.scenario.way << ": " << meddler_at(i).name() << ", system calls" << calls.str()
                             << '\n'
                             << deaths[i].err);
    check(series.scenario, meddler_at(i), deaths[i], kinds[deaths[i].process_id]);
  }
  CHECK(scene.query("PRAGMA integrity_check") == "ok");
}

template <std::size_t N>
void play_all(const Series (&list)[N]) {
  if (!dblog::test::may_trace()) {
    WARN("skipped: ptrace is not allowed here");
    return;
  }
  for (const Series& series : list) {
    if (series.is_always_run || std::getenv("DBLOG_ROUNDS") != nullptr) play(series);
  }
}

}  // namespace

TEST_CASE("fault injection: killed at each system call of the handler, there is one row") {
  play_all(kKills);
}

TEST_CASE("fault injection: a fault, abort or exception at each system call changes nothing") {
  play_all(kNestedCrashes);
}

TEST_CASE("fault injection: each system call may fail") { play_all(kFailures); }

TEST_CASE("fault injection: from each system call on all may fail") {
  play_all(kFailuresFromThereOn);
}
