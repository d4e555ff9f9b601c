// One crash makes one row, whatever other handlers have a part in it.
#include <unistd.h>
#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

// With what the next run finds beside the database.
std::string rows_of(CrashScene& scene) {
  CHECK(scene.recover().exit_code() == 0);
  return scene.query("SELECT group_concat(coalesce(signal_name, kind)) FROM crashes");
}

}  // namespace

TEST_CASE("one row: abort() and assert() in the first process of a namespace") {
  for (const auto& [how, message] :
       {std::pair{"abort", "abort() called"}, {"assert", "argc == 77"}}) {
    INFO(how);
    CrashScene scene;
    const ChildResult child = scene.run_program({"unshare", "-p", "-f", NEIGHBOUR_CHILD, how});
    if (child.err.find("unshare failed") != std::string::npos) {
      WARN("skipped: no PID namespace may be made here");
      return;
    }
    INFO(child.err);
    CHECK(child.signal() == SIGSEGV);  // abort()'s own last means, as without dblog
    CHECK(rows_of(scene) == "SIGABRT");
    CHECK_THAT(scene.query("SELECT msg FROM crashes"), Catch::Contains(message));
  }
}

TEST_CASE("one row: two copies of dblog in one process") {
  for (const auto& [how, death, row] : {std::tuple{"write", SIGSEGV, "SIGSEGV"},
                                        {"throw", SIGABRT, "exception"},
                                        {"abort", SIGABRT, "SIGABRT"}}) {
    INFO(how);
    CrashScene scene;
    const ChildResult child = scene.run_program({TWO_COPIES_CHILD, CRASHING_PLUGIN_SHARED, how});
    INFO(child.err);
    CHECK(child.signal() == death);
    CHECK(rows_of(scene) == row);
  }
}
