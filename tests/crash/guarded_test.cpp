// What no handler may do, looked at while it runs: allocate, lock, use stdio; and how much stack
// it needs, over all ways to die.
#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/crash/crash_scene.hpp"
#include "tests/crash/way_table.hpp"
#include "tests/support/parallel.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;
using dblog::test::kWaysToDie;

// docs/signal-safety.md states it: of the alternate stack's 64 KiB, the kernel's frame not counted.
constexpr long kStackBudget = 16 * 1024;

struct Guarded {
  std::string way;
  bool in_thread;
  ChildResult child;
  std::string rows;
};

std::vector<Guarded> die_in_all_ways() {
  std::vector<Guarded> all;
  for (const auto& way : kWaysToDie) {
    all.push_back({way.name, false, {}, {}});
    if (way.name != std::string_view{"kill-self"}) all.push_back({way.name, true, {}, {}});
  }
  all.push_back({"stack-overflow", true, {}, {}});
  dblog::test::run_in_parallel(all.size(), [&](std::size_t i) {
    CrashScene scene;
    all[i].child = scene.run_program({GUARDED_CHILD, all[i].way, "nosync", "slack", "email",
                                      all[i].in_thread ? "thread" : "main"});
    all[i].rows = scene.query("SELECT count(*) FROM crashes");
  });
  return all;
}

// The largest number after "stack: " (an abort() that follows a std::terminate is a second one);
// -1 if the guard did not come to an end.
long stack_use(const std::string& out) {
  long most = -1;
  for (auto at = out.find("stack: "); at != std::string::npos; at = out.find("stack: ", at + 1)) {
    most = std::max(most, std::stol(out.substr(at + 7)));
  }
  return most;
}

}  // namespace

TEST_CASE("guarded: no handler allocates, locks or uses stdio, and all stay in the stack budget") {
  long most = 0;
  for (const Guarded& guarded : die_in_all_ways()) {
    INFO(guarded.way << (guarded.in_thread ? " in a thread\n" : "\n") << guarded.child.out
                     << guarded.child.err);
    CHECK(!guarded.child.timed_out);
    CHECK(guarded.rows == "1");
    CHECK(guarded.child.out.find("trap: ") == std::string::npos);
    const long used = stack_use(guarded.child.out);
    CHECK(used > 0);
    CHECK(used <= kStackBudget);
    most = std::max(most, used);
  }
  WARN("most stack used by a handler: " << most << " bytes");
}

TEST_CASE("guarded: a what() that allocates is seen") {
  CrashScene scene;
  const ChildResult child = scene.run_program({GUARDED_CHILD, "what-allocates", "nosync"});
  CHECK_THAT(child.out, Catch::Contains("trap: malloc\n") && Catch::Contains("trap: free\n"));
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}
