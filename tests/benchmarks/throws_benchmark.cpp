// What throw sites and the stacks of pushed errors cost: each with and without, in turns, at
// several depths of the stack. Prints tables of processor time:
//   benchmark_throws [DIRECTORY]     default: /tmp; the database goes there
#include <dblog/dblog.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/benchmarks/work_directory.hpp"

namespace {

constexpr int kRounds = 15;

volatile int sink = 0;

[[gnu::noinline]] void thrower() { throw std::runtime_error("benchmark"); }
[[gnu::noinline]] void first_way() {
  thrower();
  sink = sink + 1;
}
[[gnu::noinline]] void second_way() {
  thrower();
  sink = sink + 2;
}
[[gnu::noinline]] void throw_and_catch(void (*way)()) {
  try {
    way();
  } catch (const std::runtime_error&) {
    sink = sink + 1;
  }
}

void throw_the_same() { throw_and_catch(first_way); }
void throw_another() { throw_and_catch(sink % 2 == 0 ? first_way : second_way); }

// Calls `work` from so many frames further down.
[[gnu::noinline]] void descend(int frames, const std::function<void()>& work) {
  if (frames > 0) {
    descend(frames - 1, work);
  } else {
    work();
  }
  sink = sink + 1;
}

// Processor time: nothing measured here waits, and others may use the machine too.
double thread_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double microseconds_each(int frames, int count, const std::function<void()>& work) {
  double each = 0;
  descend(frames, [&] {
    const double start = thread_microseconds();
    for (int i = 0; i < count; ++i) work();
    each = (thread_microseconds() - start) / count;
  });
  return each;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Case {
  const char* name;
  std::function<void()> work;
  std::function<void()> before;
};

// In turns, so that a busy moment of the machine falls on all.
void compare(int frames, int count, const std::vector<Case>& cases) {
  std::vector<std::vector<double>> figures(cases.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      cases[i].before();
      figures[i].push_back(microseconds_each(frames, count, cases[i].work));
    }
  }
  const double base = median(figures[0]);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const double figure = median(figures[i]);
    std::printf("| %d | %s | %.2f | %.2f |\n", frames, cases[i].name, figure, figure / base);
  }
}

void install(const std::filesystem::path& database, bool throw_sites) {
  dblog::uninstall_handlers();
  const auto report = dblog::install_handlers({.database = database, .throw_sites = throw_sites});
  for (const auto& [what, why] : report.missing) {
    std::fprintf(stderr, "%s: %s\n", what.c_str(), why.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const dblog::benchmark::WorkDirectory directory{argc, argv};
  const std::filesystem::path database = directory / "LOGS.db";
  const auto without = [&] { install(database, false); };
  const auto with = [&] { install(database, true); };

  std::puts("| frames below | throw and catch | µs | ratio |\n|---|---|---|---|");
  for (const int frames : {0, 10, 30, 100}) {
    compare(frames, 5'000,
            {{"without", throw_the_same, without},
             {"repeated", throw_the_same, with},
             {"from changing places", throw_another, with}});
  }

  dblog::EventLogger events{"t", database};
  const auto push = [&](bool stack) { events.push_to_table("an error", {.stack = stack}); };
  const auto handled = [&](bool stack) {
    try {
      thrower();
    } catch (const std::exception& error) {
      events.push_to_table(error, {.stack = stack});
    }
  };
  std::puts("\n| frames below | push_to_table | µs | ratio |\n|---|---|---|---|");
  for (const int frames : {0, 10, 30, 100}) {
    compare(frames, 300,
            {{"without", [&] { push(false); }, with}, {"with", [&] { push(true); }, with}});
    compare(frames, 300,
            {{"without, in a handler, with its throw", [&] { handled(false); }, without},
             {"with", [&] { handled(true); }, with}});
  }
}
