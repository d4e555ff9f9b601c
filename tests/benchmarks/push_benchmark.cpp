// push_to_table() that commits, beside a bare prepared INSERT of the same row in the same mode;
// with a hardware snapshot; a breadcrumb beside a clock reading.
//
//   benchmark_push [DIRECTORY]
//
// DIRECTORY, for the databases: default: the working directory. All take turns in each round.
#include <dblog/dblog.hpp>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/benchmarks/bare_insert.hpp"
#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/work_directory.hpp"

namespace {

using dblog::benchmark::BareInsert;
using dblog::benchmark::median;
using dblog::benchmark::Stopwatch;

constexpr int kRounds = 15;
constexpr int kPushes = 500;  // a round
constexpr int kBreadcrumbs = 100'000;
constexpr std::string_view kMessage = "request 4711 of user 42 took 12 ms, 3 rows, cache miss";

double median_microseconds(const std::function<void()>& push) {
  std::vector<double> taken;
  for (int i = 0; i < kPushes; ++i) {
    const Stopwatch watch;
    push();
    taken.push_back(watch.microseconds());
  }
  return median(taken);
}

void compare_calls(dblog::EventLogger& events, BareInsert& bare) {
  const auto push = [&](const dblog::PushOptions& options) {
    if (!events.push_to_table(kMessage, options)) std::abort();
  };
  struct Case {
    const char* name;
    std::function<void()> work;
    std::vector<double> figures;
  };
  Case cases[] = {
      {"bare INSERT", [&] { bare.push(kMessage); }, {}},
      {"bare INSERTs of the row and its stack", [&] { bare.push_with_stack(kMessage); }, {}},
      {"push_to_table(), without its stack", [&] { push({.stack = false}); }, {}},
      {"push_to_table()", [&] { push({}); }, {}},
      {"push_to_table(), with hardware", [&] { push({.hw_monitor = true}); }, {}},
  };
  for (int round = 0; round < kRounds; ++round) {
    for (Case& one : cases) one.figures.push_back(median_microseconds(one.work));
  }
  dblog::benchmark::print_heading("A committed push_to_table(), p50", "µs");
  const auto print = [&](int what, int beside) {
    dblog::benchmark::print({cases[what].name, median(cases[what].figures), cases[beside].name,
                             median(cases[beside].figures)});
  };
  print(2, 0);
  print(3, 1);
  print(4, 3);
}

double nanoseconds_each(int count, const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.microseconds() * 1e3 / count;
}

void measure_breadcrumbs() {
  std::vector<double> crumbs, clocks;
  for (int round = 0; round < kRounds; ++round) {
    crumbs.push_back(nanoseconds_each(kBreadcrumbs, [] {
      for (int i = 0; i < kBreadcrumbs; ++i) dblog::breadcrumb("cache miss for user 42");
    }));
    clocks.push_back(nanoseconds_each(kBreadcrumbs, [] {
      timespec now{};
      for (int i = 0; i < kBreadcrumbs; ++i) ::clock_gettime(CLOCK_REALTIME, &now);
    }));
  }
  dblog::benchmark::print_heading("A breadcrumb", "ns");
  dblog::benchmark::print({"breadcrumb()", median(crumbs), "clock_gettime()", median(clocks)});
}

}  // namespace

int main(int argc, char** argv) {
  const dblog::benchmark::WorkDirectory directory{argc, argv};
  const std::filesystem::path database = directory / "LOGS.db";
  {
    BareInsert bare{directory / "bare.db"};
    dblog::EventLogger events{"t", database};
    compare_calls(events, bare);
  }
  if (!dblog::install_handlers({.database = database, .delivery = dblog::Delivery::none})) return 1;
  measure_breadcrumbs();
  dblog::uninstall_handlers();
  return 0;
}
