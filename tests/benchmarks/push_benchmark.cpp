// push_to_table() that commits, beside a bare prepared INSERT of the same row in the same mode;
// with a hardware snapshot; a breadcrumb beside a clock reading; a context beside a map of strings.
//
//   benchmark_push [DIRECTORY]
//
// DIRECTORY, for the databases: default: the working directory. All take turns in each round.
#include <dblog/dblog.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
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

// As loggers with a "mapped diagnostic context" keep it: a map of the thread's, with strings.
class MapContext {
 public:
  MapContext(std::int64_t request, std::string_view user) {
    values["request"] = std::to_string(request);
    values["user"] = user;
  }
  ~MapContext() {
    values.erase("request");
    values.erase("user");
  }

 private:
  static inline thread_local std::map<std::string, std::string, std::less<>> values;
};

void measure_scopes() {
  constexpr int kScopes = 100'000;
  std::vector<double> scopes, maps;
  for (int round = 0; round < kRounds; ++round) {
    scopes.push_back(nanoseconds_each(kScopes, [] {
      for (int i = 0; i < kScopes; ++i) {
        const dblog::Context scope{{"request", 4'711 + i},
                                   {"user", "ann@example.com, of tenant 7"}};
      }
    }));
    maps.push_back(nanoseconds_each(kScopes, [] {
      for (int i = 0; i < kScopes; ++i) {
        const MapContext scope{4'711 + i, "ann@example.com, of tenant 7"};
      }
    }));
  }
  dblog::benchmark::print_heading("A scope of two values", "ns");
  dblog::benchmark::print({"Context", median(scopes), "map of strings", median(maps)});
}

void measure_queued(const std::filesystem::path& database) {
  dblog::EventLogger queued{"q", {.database = database, .queued = true}};
  const auto push = [&] { queued.push_to_table(kMessage); };
  std::vector<double> outside, inside;
  for (int round = 0; round < kRounds; ++round) {
    (void)dblog::EventLogger::flush(std::chrono::minutes{1});
    outside.push_back(median_microseconds(push) * 1e3);
    (void)dblog::EventLogger::flush(std::chrono::minutes{1});
    const dblog::Context scope{{"request", 4'711}, {"user", "ann@example.com, of tenant 7"}};
    inside.push_back(median_microseconds(push) * 1e3);
  }
  dblog::benchmark::print_heading("A queued push_to_table() with a reading of the clock, p50",
                                  "ns");
  dblog::benchmark::print({"in a scope of two values", median(inside), "outside", median(outside)});
}

}  // namespace

int main(int argc, char** argv) {
  const dblog::benchmark::WorkDirectory directory{argc, argv};
  const std::filesystem::path database = directory / "LOGS.db";
  {
    BareInsert bare{directory / "bare.db"};
    dblog::EventLogger events{"t", database};
    compare_calls(events, bare);
    measure_queued(database);
  }
  if (!dblog::install_handlers({.database = database, .delivery = dblog::Delivery::none})) return 1;
  measure_breadcrumbs();
  measure_scopes();
  dblog::uninstall_handlers();
  return 0;
}
