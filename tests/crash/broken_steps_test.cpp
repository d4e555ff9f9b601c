// Every step of the handler is broken once: it faults, aborts, throws or never returns. The steps
// before it and after it are recorded all the same, the process dies of its own signal, and in
// time.
#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <vector>

#include "tests/crash/crash_scene.hpp"
#include "tests/support/parallel.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;

enum class Place { in_step, untimed, between_steps };

struct Step {
  const char* function;
  const char* way;  // the program's own death
  Place place;
  const char* message;  // of the row
};

constexpr const char* kFault = "SIGSEGV: write to address 0x0";
constexpr const char* kThrown = "the program's own";

constexpr Step kSteps[] = {
    {"start_deadline", "crash", Place::untimed, kFault},
    {"make_uuid", "crash", Place::untimed, kFault},
    {"capture_registers", "crash", Place::untimed, kFault},
    {"read_breadcrumbs", "crash", Place::in_step, kFault},
    {"read_scopes", "crash", Place::in_step, kFault},
    {"read_process_context", "crash", Place::in_step, kFault},
    {"capture_other_threads", "crash", Place::in_step, kFault},
    {"look_up_variables_after_crash", "crash", Place::in_step, kFault},
    {"start_tool_after_crash", "crash", Place::in_step, kFault},
    {"describe_signal", "crash", Place::untimed, "SIGSEGV"},
    {"capture_interrupted_stack", "crash", Place::in_step, kFault},
    {"find_module", "crash", Place::in_step, kFault},
    {"sample_hardware", "crash", Place::in_step, kFault},
    {"checksum_of", "crash", Place::in_step, kFault},
    {"write_crash", "crash", Place::in_step, kFault},
    {"abandon_crash_connection", "crash", Place::in_step, kFault},
    {"poll", "crash", Place::in_step, kFault},
    {"chain_from", "crash", Place::between_steps, kFault},
    {"chain_to_previous", "crash", Place::between_steps, kFault},
    {"remove_black_box", "crash", Place::between_steps, kFault},
    {"start_deadline", "throw", Place::untimed, kThrown},
    {"make_uuid", "throw", Place::untimed, kThrown},
    {"name_current_exception", "throw", Place::untimed, "the program's own"},
    {"describe_current_exception", "throw", Place::in_step,
     "uncaught exception of type std::runtime"},
    {"capture_own_stack", "throw", Place::in_step, kThrown},
    {"find_module", "throw", Place::in_step, kThrown},
    {"sample_hardware", "throw", Place::in_step, kThrown},
    {"checksum_of", "throw", Place::in_step, kThrown},
    {"write_crash", "throw", Place::in_step, kThrown},
    {"abandon_crash_connection", "throw", Place::in_step, kThrown},
    {"poll", "throw", Place::in_step, kThrown},
};

struct Breakage {
  const Step* step;
  const char* how;
  ChildResult child;
  std::string row;
  std::string message;
};

std::vector<Breakage> all_breakages() {
  std::vector<Breakage> all;
  for (const Step& step : kSteps) {
    for (const char* how : {"fault", "abort", "exception", "hang"}) {
      // The deadline is not there yet, or no more; and getrandom() does not wait.
      const std::string_view function = step.function;
      const bool is_timed =
          step.place == Place::in_step && function != "start_deadline" && function != "make_uuid";
      if (how == std::string_view{"hang"} && !is_timed) continue;
      all.push_back({&step, how, {}, {}, {}});
    }
  }
  return all;
}

}  // namespace

TEST_CASE("slow steps: a recording that goes on takes several deadlines and is whole") {
  CrashScene scene;
  const ChildResult child = scene.run_program(
      {BROKEN_STEP_CHILD, "read_breadcrumbs,sample_hardware,capture_other_threads", "slow",
       "crash"});
  INFO(child.err);
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*), kind FROM crashes") == "1|signal");
  CHECK_THAT(scene.query("SELECT msg FROM crashes"), Catch::Contains(kFault));
  CHECK(scene.query("SELECT count(*) > 0 FROM frames WHERE module IS NOT NULL") == "1");
}

TEST_CASE("broken steps: the record of the others is there, once, and the death is unchanged") {
  std::vector<Breakage> all = all_breakages();
  dblog::test::run_in_parallel(all.size(), [&](std::size_t i) {
    CrashScene scene;
    Breakage& one = all[i];
    one.child = scene.run_program({BROKEN_STEP_CHILD, one.step->function, one.how, one.step->way});
    (void)scene.recover();
    one.row = scene.query("SELECT count(*), kind FROM crashes");
    one.message = scene.query("SELECT msg FROM crashes");
  });
  for (const Breakage& one : all) {
    const bool is_crash = one.step->way == std::string_view{"crash"};
    INFO(one.step->function << " with " << one.how << ", " << one.step->way << '\n'
                            << one.child.err << one.message);
    CHECK(!one.child.timed_out);
    if (one.step->place != Place::between_steps) {
      CHECK(one.child.signal() == (is_crash ? SIGSEGV : SIGABRT));
    } else {
      CHECK(one.child.signal() != 0);
    }
    const bool is_known = one.step->function != std::string_view{"name_current_exception"};
    CHECK(one.row == (is_crash ? "1|signal" : is_known ? "1|exception" : "1|terminate"));
    // One that is thrown on top of the program's own takes its place in the C++ runtime.
    const bool has_two = !is_crash && one.how == std::string_view{"exception"};
    if (!has_two) CHECK_THAT(one.message, Catch::Contains(one.step->message));
  }
}
