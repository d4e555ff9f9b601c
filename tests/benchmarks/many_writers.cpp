// push_to_table() by many threads and many processes at once, beside bare SQLite doing the same:
// what a program would write by hand, with a connection for each thread or one for all behind a
// mutex.
//
//   benchmark_many_writers [DIRECTORY]
//
// DIRECTORY, for the databases: default: the working directory. All take turns in each round.
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/benchmarks/bare_insert.hpp"
#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/work_directory.hpp"

namespace {

using dblog::benchmark::BareInsert;
using dblog::benchmark::median;

constexpr int kRounds = 9;
constexpr int kWorkers = 8;
constexpr int kPushes = 4'000;  // of all workers, a round
constexpr std::string_view kMessage = "request 4711 of user 42 took 12 ms, 3 rows, cache miss";

void push_many(dblog::EventLogger& events, int count) {
  for (int i = 0; i < count; ++i) {
    if (!events.push_to_table(kMessage, {.stack = false})) std::abort();
  }
}

void push_many(BareInsert& bare, int count) {
  for (int i = 0; i < count; ++i) bare.push(kMessage);
}

void in_threads(const std::function<void()>& work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < kWorkers; ++i) threads.emplace_back(work);
}

void in_processes(const std::function<void()>& work) {
  std::vector<pid_t> children;
  for (int i = 0; i < kWorkers; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      work();
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) std::abort();
  }
}

struct Case {
  const char* name;
  std::function<void()> push_all;
  std::vector<double> rates = {};
};

void measure(std::vector<Case>& cases) {
  for (int round = 0; round < kRounds; ++round) {
    for (Case& one : cases) {
      const dblog::benchmark::Stopwatch watch;
      one.push_all();
      one.rates.push_back(kPushes / watch.seconds());
    }
  }
}

void compare(const dblog::benchmark::WorkDirectory& directory) {
  constexpr int kEach = kPushes / kWorkers;
  const auto database = directory / "LOGS.db";
  dblog::EventLogger events{"t", database};
  BareInsert bare{directory / "one.db"};
  std::mutex one_at_a_time;
  // Opened by their threads and processes alone: a connection must not be there before a fork.
  const auto each = directory / "each.db", processes = directory / "processes.db";
  for (const auto& path : {each, processes}) BareInsert{path}.push(kMessage);

  std::vector<Case> cases = {
      {"1 thread", [&] { push_many(events, kPushes); }},
      {"8 threads", [&] { in_threads([&] { push_many(events, kEach); }); }},
      {"8 processes",
       [&] {
         in_processes([&] {
           dblog::EventLogger own{"t", database};
           push_many(own, kEach);
           ::_exit(0);  // before the closing, which no case is measured with
         });
       }},
      {"bare SQLite, 1 thread", [&] { push_many(bare, kPushes); }},
      {"bare SQLite, 8 threads, one connection and a mutex",
       [&] {
         in_threads([&] {
           for (int i = 0; i < kEach; ++i) {
             const std::lock_guard lock(one_at_a_time);
             bare.push(kMessage);
           }
         });
       }},
      {"bare SQLite, 8 threads, a connection each",
       [&] {
         in_threads([&] {
           BareInsert own{each};
           push_many(own, kEach);
         });
       }},
      {"bare SQLite, 8 processes",
       [&] {
         in_processes([&] {
           BareInsert own{processes};
           push_many(own, kEach);
           ::_exit(0);
         });
       }},
  };
  measure(cases);
  dblog::benchmark::print_heading("Pushed by several at once, without stacks", "rows a second");
  const auto print = [&](int what, int beside) {
    const auto index = [](int i) { return static_cast<std::size_t>(i); };
    const Case &one = cases[index(what)], &other = cases[index(beside)];
    dblog::benchmark::print({one.name, median(one.rates), other.name, median(other.rates)});
  };
  print(0, 3);
  print(1, 0);
  print(1, 4);
  print(1, 5);
  print(2, 0);
  print(2, 6);
}

}  // namespace

int main(int argc, char** argv) {
  const dblog::benchmark::WorkDirectory directory{argc, argv};
  compare(directory);
  return 0;
}
