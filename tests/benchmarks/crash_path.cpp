// From the fault to the committed row, and to the process's end as its parent sees it: dblog beside
// a handler that only writes, no handler, and the handlers of other projects. What install costs.
//
//   benchmark_crash_path VICTIMS [DIRECTORY]
//
// VICTIMS: the directory of the programs victim_*. DIRECTORY, for their files: on the disk that the
// figures are to speak of; default: the working directory. All take turns in each round.
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/victims/victim.hpp"
#include "tests/benchmarks/work_directory.hpp"

namespace {

using dblog::benchmark::median;

constexpr int kRounds = 101;

struct Contender {
  const char* name;
  const char* program;
  const char* option;
  const char* threads;
};
constexpr Contender kContenders[] = {
    {"no handler", "victim_no_handler", "", "0"},
    {"pwrite", "victim_pwrite_handler", "", "0"},
    {"pwrite, fdatasync", "victim_pwrite_handler", "sync", "0"},
    {"dblog", "victim_dblog_handler", "", "0"},
    {"dblog, not synced", "victim_dblog_handler", "n", "0"},
    {"dblog, bare", "victim_dblog_handler", "b", "0"},
    {"dblog, bare, not synced", "victim_dblog_handler", "bn", "0"},
    {"dblog, 16 other threads", "victim_dblog_handler", "", "16"},
    {"dblog, stamped", "victim_dblog_handler", "s", "0"},
    {"dblog, stamped, not synced", "victim_dblog_handler", "sn", "0"},
    {"dblog, stamped, bare", "victim_dblog_handler", "sb", "0"},
    {"dblog, stamped, bare, not synced", "victim_dblog_handler", "sbn", "0"},
    {"Abseil", "victim_abseil_handler", "", "0"},
    {"glog", "victim_glog_handler", "", "0"},
    {"backward-cpp", "victim_backward_handler", "", "0"},
};

// Milliseconds, but bytes are bytes.
struct Samples {
  std::vector<double> recorded, gone, install, more_bytes, threads;
};

class Arena {
 public:
  Arena(const std::filesystem::path& victims, const std::filesystem::path& directory)
      : victims_(victims), shared_(::memfd_create("stamps", MFD_CLOEXEC)) {
    if (shared_ < 0 || ::ftruncate(shared_, sizeof(victim::Stamps)) != 0) std::abort();
    void* page =
        ::mmap(nullptr, sizeof(victim::Stamps), PROT_READ | PROT_WRITE, MAP_SHARED, shared_, 0);
    if (page == MAP_FAILED) std::abort();
    stamps_ = static_cast<victim::Stamps*>(page);
    std::filesystem::current_path(directory);
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "stderr",
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions_, shared_, 3);
  }

  // A round has a database of its own, as a program that rarely crashes has; made beforehand.
  bool start_round() {
    for (const char* name : {"LOGS.db", "LOGS.db-wal", "LOGS.db-shm"})
      std::filesystem::remove(name);
    Samples not_measured;
    return run({"dblog", "victim_dblog_handler", "", "0"}, not_measured);
  }

  // Whether it ended by the fault.
  bool run(const Contender& contender, Samples& samples) {
    *stamps_ = {};
    const std::string program = victims_ / contender.program;
    const char* arguments[] = {program.c_str(), contender.option, contender.threads, nullptr};
    pid_t process = 0;
    if (::posix_spawn(&process, program.c_str(), &actions_, nullptr, const_cast<char**>(arguments),
                      environ) != 0) {
      return false;
    }
    int status = 0;
    ::waitpid(process, &status, 0);
    const std::int64_t gone = victim::now();
    if (!WIFSIGNALED(status)) return false;
    const auto milliseconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e6; };
    samples.gone.push_back(milliseconds(gone - stamps_->fault));
    samples.recorded.push_back(milliseconds(stamps_->recorded - stamps_->fault));
    samples.install.push_back(milliseconds(stamps_->install));
    samples.more_bytes.push_back(static_cast<double>(stamps_->more_bytes));
    samples.threads.push_back(static_cast<double>(stamps_->threads));
    return true;
  }

 private:
  std::filesystem::path victims_;
  int shared_;
  victim::Stamps* stamps_ = nullptr;
  posix_spawn_file_actions_t actions_{};
};

void print(const std::map<std::string, Samples>& of) {
  dblog::benchmark::print_heading("From the fault to the record", "ms");
  const auto recorded = [&](const char* name, const char* beside) {
    dblog::benchmark::print(
        {name, median(of.at(name).recorded), beside, median(of.at(beside).recorded)});
  };
  recorded("dblog, stamped", "pwrite, fdatasync");
  recorded("dblog, stamped, bare", "pwrite, fdatasync");
  recorded("dblog, stamped, not synced", "pwrite");
  recorded("dblog, stamped, bare, not synced", "pwrite");

  const double dying = median(of.at("no handler").gone);
  dblog::benchmark::print_heading("From the fault to the end of the process, beyond no handler",
                                  "ms");
  const auto beyond = [&](const char* name) { return median(of.at(name).gone) - dying; };
  for (const Contender& contender : kContenders) {
    const std::string name = contender.name;
    if (name == "no handler" || name.find("stamped") != std::string::npos) continue;
    dblog::benchmark::print({name, beyond(name.c_str()), "Abseil", beyond("Abseil")});
  }

  dblog::benchmark::print_heading("install_handlers()", "ms, KiB, threads");
  for (const char* name : {"dblog", "Abseil", "glog", "backward-cpp"}) {
    std::printf("| %s | %.2f ms | %.0f KiB | %.0f | |\n", name, median(of.at(name).install),
                median(of.at(name).more_bytes) / 1024, median(of.at(name).threads));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("benchmark_crash_path VICTIMS [DIRECTORY]\n", stderr);
    return 2;
  }
  const std::filesystem::path victims = std::filesystem::absolute(argv[1]);
  const dblog::benchmark::WorkDirectory directory{argc - 1, argv + 1};
  ::setenv("DBLOG_DB", (directory / "LOGS.db").c_str(), 1);
  Arena arena{victims, directory.path()};
  std::map<std::string, Samples> samples;
  for (int round = 0; round < kRounds; ++round) {
    if (!arena.start_round()) return 1;
    for (const Contender& contender : kContenders) {
      if (arena.run(contender, samples[contender.name])) continue;
      std::fprintf(stderr, "%s did not die by its fault\n", contender.name);
      return 1;
    }
  }
  print(samples);
  return 0;
}
