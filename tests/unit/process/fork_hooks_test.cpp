// The order in which a fork calls the rooms. Takes the places of the library's own hooks, which
// nothing in this program needs.
#include "src/process/fork_hooks.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/child_process.hpp"

namespace {

using dblog::process::at_fork;
using dblog::process::ForkPlace;

std::string called;

template <char name>
void call() noexcept {
  called += name;
}

}  // namespace

TEST_CASE("fork hooks: run in their order after a fork, and the other way round before it") {
  at_fork(ForkPlace::crash_handler, {nullptr, &call<'c'>, &call<'C'>});
  at_fork(ForkPlace::local_time, {&call<'l'>, nullptr, &call<'L'>});
  at_fork(ForkPlace::queues, {&call<'q'>, nullptr, &call<'Q'>});
  at_fork(ForkPlace::stores, {&call<'s'>, &call<'S'>, &call<'S'>});
  CHECK(dblog::test::exit_status_of([] { return called == "sqlCLQS" ? 0 : 1; }) == 0);
  CHECK(called == "sqlcS");
}
