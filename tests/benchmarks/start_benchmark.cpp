// What it costs a program to link a crash handler and to install it: time from its start to its
// end, memory, size. dblog beside a program without any, and those of other projects.
//
//   benchmark_start PROGRAMS [DIRECTORY]
//
// PROGRAMS: the directory of the programs program_*. DIRECTORY, for the database: default: the
// working directory. All take turns in each round.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/work_directory.hpp"
#include "tests/support/run_child.hpp"

namespace {

using dblog::benchmark::median;
using dblog::benchmark::Stopwatch;
using dblog::benchmark::WorkDirectory;
using std::filesystem::path;

constexpr int kRounds = 101;

struct Contender {
  const char* name;
  const char* program;
};
constexpr Contender kNone = {"no handler", "program_no_handler"};
constexpr Contender kContenders[] = {
    kNone,
    {"dblog, libdblog.so", "program_dblog_shared"},
    {"dblog, libdblog.a", "program_dblog_static"},
    {"Abseil", "program_abseil_handler"},
    {"glog", "program_glog_handler"},
    {"backward-cpp", "program_backward_handler"},
};

struct Samples {
  std::vector<double> alone, installing;                  // ms
  std::vector<double> at_start, more, threads, children;  // bytes; counts
};

double milliseconds_of(const path& program, const char* argument) {
  const char* arguments[] = {program.c_str(), argument, nullptr};
  const Stopwatch watch;
  pid_t process = 0;
  int status = -1;
  if (::posix_spawn(&process, program.c_str(), nullptr, nullptr, const_cast<char**>(arguments),
                    environ) != 0 ||
      ::waitpid(process, &status, 0) != process || status != 0) {
    throw std::runtime_error(program.string() + " failed");
  }
  return watch.milliseconds();
}

void read_report(const path& program, Samples& samples) {
  std::istringstream report{dblog::test::run_child({.arguments = {program, "report"}}).out};
  double value = 0;
  for (auto* values : {&samples.at_start, &samples.more, &samples.threads, &samples.children}) {
    if (!(report >> value)) throw std::runtime_error(program.string() + " reported nothing");
    values->push_back(value);
  }
}

std::map<std::string, Samples> measure(const path& programs) {
  std::map<std::string, Samples> all;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& [name, file] : kContenders) {
      Samples& samples = all[name];
      samples.alone.push_back(milliseconds_of(programs / file, nullptr));
      samples.installing.push_back(milliseconds_of(programs / file, "install"));
      if (round % 10 == 0) read_report(programs / file, samples);
    }
  }
  return all;
}

void print_times(const std::map<std::string, Samples>& all) {
  const auto print = [&](const char* title, std::vector<double> Samples::*time) {
    dblog::benchmark::print_heading(title, "ms");
    const double none = median(all.at(kNone.name).*time);
    for (const auto& [name, file] : kContenders) {
      if (std::string{name} == kNone.name) continue;
      dblog::benchmark::print({name, median(all.at(name).*time), kNone.name, none});
    }
  };
  print("From the start of a program that links it to its end", &Samples::alone);
  print("The same, and the handler installed", &Samples::installing);
}

void print_memory(const std::map<std::string, Samples>& all) {
  constexpr double kKib = 1024;
  dblog::benchmark::print_heading("Resident at the start of main()", "KiB");
  const double none = median(all.at(kNone.name).at_start) / kKib;
  for (const auto& [name, file] : kContenders) {
    if (std::string{name} == kNone.name) continue;
    dblog::benchmark::print({name, median(all.at(name).at_start) / kKib, kNone.name, none});
  }
  std::puts("\n### Added by installing it\n\n| | KiB | threads | processes |\n|---|---|---|---|");
  for (const auto& [name, file] : kContenders) {
    const Samples& samples = all.at(name);
    std::printf("| %s | %.0f | %.0f | %.0f |\n", name, median(samples.more) / kKib,
                median(samples.threads) - 1, median(samples.children));
  }
}

// Without symbols, as distributions have them.
double stripped_kib(const path& file, const path& scratch) {
  const auto strip = dblog::test::run_child({.arguments = {"strip", "-s", "-o", scratch, file}});
  if (strip.exit_code() != 0) throw std::runtime_error("strip: " + strip.err);
  return static_cast<double>(std::filesystem::file_size(scratch)) / 1024;
}

std::set<path> libraries_of(const path& program) {
  const auto child = dblog::test::run_child({.arguments = {"ldd", program}});
  std::set<path> libraries;
  std::istringstream words{child.out};
  for (std::string word; words >> word;) {
    if (word.starts_with('/')) libraries.insert(std::filesystem::canonical(word));
  }
  return libraries;
}

void print_sizes(const path& programs, const path& scratch) {
  std::puts(
      "\n### Sizes without symbols\n\n| | program, KiB | libraries that it brings, KiB | |\n"
      "|---|---|---|---|");
  const std::set<path> usual = libraries_of(programs / kNone.program);
  for (const auto& [name, file] : kContenders) {
    constexpr std::size_t kMostNamed = 3;
    double more = 0;
    std::vector<std::string> brought;
    for (const path& library : libraries_of(programs / file)) {
      if (usual.contains(library)) continue;
      more += stripped_kib(library, scratch);
      brought.push_back(library.filename().string());
    }
    std::string which;
    for (const std::string& one : brought) which += (which.empty() ? "" : ", ") + one;
    if (brought.size() > kMostNamed) which = std::to_string(brought.size()) + " of them";
    std::printf("| %s | %.0f | %.0f | %s |\n", name, stripped_kib(programs / file, scratch), more,
                which.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("benchmark_start PROGRAMS [DIRECTORY]\n", stderr);
    return 2;
  }
  const path programs = std::filesystem::absolute(argv[1]);
  const WorkDirectory directory{argc - 1, argv + 1};
  ::setenv("DBLOG_DB", (directory / "LOGS.db").c_str(), 1);
  try {
    // The database is there, as in all but a program's first run.
    milliseconds_of(programs / "program_dblog_static", "install");
    const auto all = measure(programs);
    print_times(all);
    print_memory(all);
    print_sizes(programs, directory / "stripped");
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "benchmark_start: %s\n", failure.what());
    return 1;
  }
  return 0;
}
