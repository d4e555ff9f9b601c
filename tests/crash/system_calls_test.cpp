// What a crash and a push ask of the kernel: only what is listed with a reason, and no more often
// than is written here. x86-64 only: the list has its names.
#include <sys/wait.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/crash/call_counts.hpp"
#include "tests/crash/call_watcher.hpp"
#include "tests/crash/crash_scene.hpp"
#include "tests/crash/traced_child.hpp"

namespace {

using dblog::test::count_calls;
using dblog::test::CrashScene;
using dblog::test::documented_calls;
using dblog::test::text_of;
using dblog::test::WatchedCalls;
using Counts = dblog::test::CallCounts;

// The tables of docs/system-calls.md: what was seen, 81 and 18 calls.
const Counts kCrash = {{"getpid", 6},
                       {"gettid", 4},
                       {"rt_sigprocmask", 6},
                       {"getrandom", 1},
                       {"rt_sigaction", 4},
                       {"timer_create", 1},
                       {"prctl", 1},
                       {"timer_settime", 1},
                       {"timer_delete", 1},
                       {"openat", 9},
                       {"read", 7},
                       {"close", 7},
                       {"prlimit64", 1},
                       {"newfstatat", 11},
                       {"fcntl", 4},
                       {"pread64", 9},
                       {"pwrite64", 1},
                       {"fdatasync", 1},
                       {"poll", 1},
                       {"write", 1},
                       {"unlinkat", 1},
                       {"clock_gettime", 1},
                       {"rt_tgsigqueueinfo", 1},
                       {"rt_sigreturn", 1}};
const Counts kPush = {{"prlimit64", 1},  {"getpid", 3}, {"gettid", 1},
                      {"newfstatat", 6}, {"fcntl", 6},  {"pwrite64", 1}};

// Beyond those, at most: where its pages begin differs from run to run.
constexpr int kPagesOfStack = 2;

// The tool is found where the scene puts it, and nowhere else.
WatchedCalls crash(const CrashScene& scene, std::vector<std::string> arguments) {
  // A tracer makes every call slow. The first argument is the way to die.
  arguments.insert(arguments.begin() + 1, {"watched", "deadline=5000"});
  arguments.insert(arguments.begin(), CRASH_CHILD);
  return dblog::test::watch_calls(arguments, scene.path("."),
                                  {"PATH=" + scene.path("bin").string()});
}

struct Scenario {
  std::vector<std::string> arguments;
  int death;
  const char* calls_of_its_own = "";  // what the program itself calls before it dies, and only it
};

const std::vector<Scenario> kScenarios = {
    {{"null-write"}, SIGSEGV},
    {{"null-write"}, SIGSEGV},  // on a database that is there: it is read first
    {{"null-write", "threads"}, SIGSEGV},
    {{"null-write", "locked", "deadline=250"}, SIGSEGV},
    {{"throw"}, SIGABRT},
    {{"throw", "threads"}, SIGABRT},
    {{"abort"}, SIGABRT},
    {{"null-write", "notimers"}, SIGSEGV},
    {{"fork"}, SIGSEGV, "set_robust_list"},
    {{"closed-descriptors"}, SIGSEGV},
    {{"deleted-database"}, SIGSEGV},
};

void put_tool(const CrashScene& scene) {
  std::filesystem::create_directory(scene.path("bin"));
  std::ofstream{scene.path("bin/dblog")} << "#!/bin/sh\nexit 0\n";
  std::filesystem::permissions(scene.path("bin/dblog"), std::filesystem::perms::owner_all);
}

Counts calls_of(const WatchedCalls& watched, int death) {
  INFO(watched.err);
  CHECK_FALSE(watched.timed_out);
  REQUIRE(WIFSIGNALED(watched.wait_status));
  CHECK(WTERMSIG(watched.wait_status) == death);
  Counts all = count_calls(watched.own);
  for (const auto& [name, times] : count_calls(watched.others)) all[name] += times;
  return all;
}

Counts calls_of_all_scenarios() {
  Counts all;
  const auto add = [&all](const Counts& counts) {
    for (const auto& [name, times] : counts) all[name] += times;
  };
  CrashScene scene;
  for (const Scenario& scenario : kScenarios) {
    INFO(scenario.arguments[0] << ' ' << scenario.arguments.size());
    Counts counts = calls_of(crash(scene, scenario.arguments), scenario.death);
    counts.erase(scenario.calls_of_its_own);
    add(counts);
  }
  put_tool(scene);
  add(calls_of(crash(scene, {"null-write"}), SIGSEGV));
  return all;
}

// Of the tenth push in a directory of its own.
Counts calls_of_push(std::vector<std::string> options) {
  const CrashScene scene;
  options.insert(options.begin(), PUSHING_CHILD);
  const WatchedCalls watched = dblog::test::watch_calls(options, scene.path("."));
  INFO(watched.err);
  CHECK_FALSE(watched.timed_out);
  CHECK(watched.wait_status == 0);
  return count_calls(watched.own);
}

void check_no_more(const Counts& seen, const Counts& allowed) {
  INFO(text_of(seen));
  for (const auto& [name, times] : seen) {
    INFO(name);
    const auto limit = allowed.find(name);
    CHECK(times <= (limit != allowed.end() ? limit->second : 0));
  }
}

bool can_trace() {
  if (dblog::test::may_trace()) return true;
  WARN("skipped: ptrace is not allowed here");
  return false;
}

}  // namespace

TEST_CASE("system calls: those of the crash path are listed with a reason, and made") {
  if (!can_trace()) return;
  const auto list = dblog::test::read_call_list(ALLOWED_SYSTEM_CALLS);
  CHECK(list.without_reason.empty());
  const Counts made = calls_of_all_scenarios();
  INFO(text_of(made));
  for (const auto& [name, times] : made) {
    INFO(name << " is not on " ALLOWED_SYSTEM_CALLS);
    CHECK(list.names.count(name) == 1);
  }
  for (const std::string& name : list.usual) {
    INFO(name << " is on " ALLOWED_SYSTEM_CALLS ", and no crash makes it");
    CHECK(made.count(name) == 1);
  }
}

TEST_CASE("system calls: the documentation says how many are allowed") {
  CHECK(text_of(documented_calls(SYSTEM_CALLS_PAGE, "A crash")) == text_of(kCrash));
  CHECK(text_of(documented_calls(SYSTEM_CALLS_PAGE, "A committed push")) == text_of(kPush));
}

TEST_CASE("system calls: a default crash makes no more than it did") {
  if (!can_trace()) return;
  const CrashScene scene;
  crash(scene, {"null-write"});
  const WatchedCalls second = crash(scene, {"null-write"});
  const Counts made = calls_of(second, SIGSEGV);
  CHECK(second.others.empty());
  CHECK(made.count("fdatasync") == 1);
  // The pages of a database differ by one or two with the frames that a compiler leaves.
  Counts allowed = kCrash;
  allowed["pread64"] += 3;
  // The control group's four files where they are there, and the listing of open files before
  // Linux 6.2.
  allowed["openat"] += 3;
  allowed["read"] += 4;
  allowed["close"] += 5;
  allowed["getdents64"] += 2;
  allowed["rt_sigprocmask"] += kPagesOfStack;
  check_no_more(made, allowed);
}

TEST_CASE("system calls: a committed push makes no more than these") {
  if (!can_trace()) return;
  const Counts made = calls_of_push({});
  CHECK(made.count("pwrite64") == 1);
  Counts allowed = kPush;
  allowed["rt_sigprocmask"] += kPagesOfStack;
  check_no_more(made, allowed);
}

TEST_CASE("system calls: a push after install_handlers() asks whether its black box is there") {
  if (!can_trace()) return;
  check_no_more(calls_of_push({"handlers"}), {{"prlimit64", 1},
                                              {"rt_sigprocmask", 2 + kPagesOfStack},
                                              {"getpid", 3},
                                              {"gettid", 1},
                                              {"newfstatat", 6},
                                              {"fcntl", 6},
                                              {"pwrite64", 1}});
}

TEST_CASE("system calls: a push without its stack makes fewer") {
  if (!can_trace()) return;
  check_no_more(
      calls_of_push({"nostack"}),
      {{"prlimit64", 1}, {"getpid", 2}, {"newfstatat", 6}, {"fcntl", 6}, {"pwrite64", 1}});
}

TEST_CASE("system calls: a push with hardware makes no more than these") {
  if (!can_trace()) return;
  // One file, and the listing of a directory, more than seen: before Linux 6.2.
  check_no_more(calls_of_push({"hw"}), {{"prlimit64", 2},
                                        {"getpid", 6},
                                        {"gettid", 1},
                                        {"clock_gettime", 1},
                                        {"rt_sigprocmask", kPagesOfStack},
                                        {"openat", 12},
                                        {"read", 12},
                                        {"close", 12},
                                        {"getdents64", 2},
                                        {"newfstatat", 7},
                                        {"fcntl", 6},
                                        {"pwrite64", 1}});
}

TEST_CASE("system calls: a push with a message makes no more than these") {
  if (!can_trace()) return;
  check_no_more(calls_of_push({"message"}), {{"prlimit64", 1},
                                             {"getpid", 5},
                                             {"gettid", 2},
                                             {"readlink", 1},
                                             {"uname", 1},
                                             {"rt_sigprocmask", kPagesOfStack},
                                             {"getrandom", 1},
                                             {"newfstatat", 6},
                                             {"fcntl", 6},
                                             {"pwrite64", 1}});
}

TEST_CASE("system calls: a queued push makes none") {
  if (!can_trace()) return;
  const Counts made = calls_of_push({"queued"});
  INFO(text_of(made));
  CHECK(made.empty());
}
