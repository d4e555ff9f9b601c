// One table of all that may come together: way to die x main or other thread x handlers installed
// before or not x commit possible or not. Each child must die as it would without dblog, and leave
// exactly one true row, at once or after `dblog recover`.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/crash/crash_scene.hpp"
#include "tests/crash/way_table.hpp"
#include "tests/support/parallel.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;
using dblog::test::kWaysToDie;
using dblog::test::WayToDie;

struct Case {
  const WayToDie* way;
  bool in_thread;
  bool has_previous;
};

struct Death {
  ChildResult child;
  std::string recovered;  // what the tool said; empty: it was not asked
  std::string row;
  std::string facts;
};

struct Outcome {
  ChildResult bare;  // without dblog
  Death committed;
  Death locked_out;
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const WayToDie& way : kWaysToDie) {
    for (int bits = 0; bits < 4; ++bits) {
      const Case next{&way, (bits & 1) != 0, (bits & 2) != 0};
      // The kernel gives a signal that is sent to the process to the main thread.
      if (next.in_thread && way.name == std::string_view{"kill-self"}) continue;
      cases.push_back(next);
    }
  }
  return cases;
}

std::string name_of(const Case& one) {
  return std::string{one.way->name} + (one.in_thread ? ", other thread" : ", main thread") +
         (one.has_previous ? ", handlers installed before" : "");
}

std::vector<std::string> arguments_of(const Case& one, const char* last) {
  std::vector<std::string> arguments = {one.way->name, "nosync", "deadline=150"};
  if (one.in_thread) arguments.emplace_back("thread");
  if (one.has_previous) arguments.emplace_back("previous-all");
  arguments.emplace_back(last);
  return arguments;
}

std::string row_of(const CrashScene& scene) {
  return scene.query(
      "SELECT count(*), kind, signal_name, signal_code, exception_type, pid, tid <> pid,"
      " thread_name, msg FROM crashes");
}

Outcome play(const Case& one) {
  Outcome outcome;
  CrashScene scene;
  outcome.bare = scene.run(arguments_of(one, "bare"));
  outcome.committed.child = scene.run(arguments_of(one, dblog::test::kPatient));
  outcome.committed.row = row_of(scene);
  outcome.committed.facts = scene.query(dblog::test::kFactsOf);
  CrashScene locked;
  outcome.locked_out.child = locked.run(arguments_of(one, "locked"));
  outcome.locked_out.recovered = locked.recover().out;
  outcome.locked_out.row = row_of(locked);
  outcome.locked_out.facts = locked.query(dblog::test::kFactsOf);
  return outcome;
}

void check(const Case& one, const Death& death, const ChildResult& bare) {
  INFO(death.child.out << death.child.err);
  const WayToDie& way = *one.way;
  CHECK(!death.child.timed_out);
  CHECK(death.child.wait_status == bare.wait_status);
  // Without an alternate stack, no handler can run there at all.
  if (way.name != std::string_view{"stack-pointer"}) CHECK(death.child.out == bare.out);
  const std::string facts = std::string{"1|"} + way.kind + '|' + way.signal_name + '|' +
                            way.signal_code + '|' + way.exception_type + '|' +
                            std::to_string(death.child.process_id) +
                            (one.in_thread ? "|1|worker|" : "|0|crash_child|");
  CHECK_THAT(death.row, Catch::StartsWith(facts) && Catch::Contains(way.message));
  CHECK(death.facts == dblog::test::facts_of(way, one.in_thread));
}

}  // namespace

TEST_CASE("matrix: every death is what it would be without dblog, and makes one true row") {
  const std::vector<Case> cases = all_cases();
  std::vector<Outcome> outcomes(cases.size());
  dblog::test::run_in_parallel(cases.size(), [&](std::size_t i) { outcomes[i] = play(cases[i]); });
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO(name_of(cases[i]));
    check(cases[i], outcomes[i].committed, outcomes[i].bare);
    INFO("database locked");
    check(cases[i], outcomes[i].locked_out, outcomes[i].bare);
    CHECK(outcomes[i].locked_out.recovered == "crashes: 1, killed processes: 0\n");
  }
}
