#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "src/monitor/config_file.hpp"
#include "src/monitor/machine_facts.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/child_process.hpp"

namespace {

using dblog::test::TemporaryDirectory;

using dblog::base::ErrorCode;
using dblog::monitor::machine_facts_text;
using dblog::monitor::write_config_file;
using dblog::monitor::write_machine_facts;
using nlohmann::json;

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::ptrdiff_t files_in(const fs::path& directory) {
  return std::distance(fs::directory_iterator{directory}, fs::directory_iterator{});
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

/// Root may write anywhere; the test of a directory that is not writable needs another user.
class OtherUser {
 public:
  OtherUser() : was_(::geteuid()), is_other_(was_ != 0 || ::seteuid(65534) == 0) {}
  ~OtherUser() {
    if (::geteuid() != was_) (void)!::seteuid(was_);
  }
  OtherUser(const OtherUser&) = delete;
  OtherUser& operator=(const OtherUser&) = delete;
  [[nodiscard]] bool is_other() const { return is_other_; }

 private:
  uid_t was_;
  bool is_other_;
};

/// A machine with four CPUs on two cores (Linux 6.1, x86-64).
struct FourCpuMachine {
  FourCpuMachine() {
    directory.write("proc/meminfo",
                    "MemTotal:       16000000 kB\nMemFree:         2000000 kB\n"
                    "MemAvailable:   12000000 kB\nBuffers:         1000000 kB\n"
                    "Cached:          7000000 kB\nSwapCached:            0 kB\n"
                    "Active:          3000000 kB\nInactive:        4000000 kB\n"
                    "SwapTotal:       4000000 kB\nSwapFree:        3000000 kB\n"
                    "Shmem:            500000 kB\nSlab:             900000 kB\n"
                    "SReclaimable:     600000 kB\n");
    directory.write("proc/vmstat", "nr_free_pages 1\npswpin 10\npswpout 20\n");
    directory.write("proc/stat",
                    "cpu  40 10 30 300 20 0 0 0 25 5\n"
                    "cpu0 10 0 0 90 0 0 0 0 0 0\ncpu1 25 0 0 75 0 0 0 0 0 0\n"
                    "cpu2 0 0 0 0 0 0 0 0 0 0\ncpu3 5 10 30 50 5 0 0 0 0 0\n"
                    "intr 5 cpu\nctxt 7\n");
    directory.write(
        "proc/cpuinfo",
        "processor\t: 0\ncpu MHz\t\t: 1000.000\n\nprocessor\t: 1\ncpu MHz\t\t: 3000.5\n");
    for (int cpu = 0; cpu < 4; ++cpu) {
      const std::string place = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/";
      directory.write(place + "topology/core_cpus_list", cpu % 2 == 0 ? "0,2\n" : "1,3\n");
      directory.write(place + "cpufreq/scaling_cur_freq", "1500000\n");
      directory.write(place + "cpufreq/scaling_min_freq", "400000\n");
      directory.write(place + "cpufreq/scaling_max_freq", cpu < 2 ? "4000000\n" : "3000000\n");
    }
    directory.write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  }

  [[nodiscard]] json facts() const {
    return json::parse(machine_facts_text({directory.path() / "proc", directory.path() / "sys"}));
  }

  TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("machine facts: this machine's are plausible") {
  const json facts = json::parse(machine_facts_text());
  CHECK(facts["written"].get<std::string>().size() == 26);
  CHECK(facts["cpu_count"]["logical"] == ::sysconf(_SC_NPROCESSORS_ONLN));
  CHECK(facts["virtual_memory"]["total_bytes"] ==
        ::sysconf(_SC_PHYS_PAGES) * std::int64_t{::sysconf(_SC_PAGESIZE)});
  CHECK(facts["virtual_memory"]["percent"] <= 100.0);
  CHECK(facts["cpu_usage_percentage"]["total"] <= 100.0);
  CHECK(facts["cpu_usage_percentage"]["per_cpu"].size() == facts["cpu_count"]["logical"]);
}

TEST_CASE("machine facts: memory has psutil's meanings") {
  const json memory = FourCpuMachine{}.facts()["virtual_memory"];
  constexpr std::int64_t kKib = 1024;
  CHECK(memory["total_bytes"] == 16000000 * kKib);
  CHECK(memory["available_bytes"] == 12000000 * kKib);
  CHECK(memory["percent"] == 25.0);
  CHECK(memory["cached_bytes"] == 7600000 * kKib);
  CHECK(memory["used_bytes"] == (16000000 - 2000000 - 1000000 - 7600000) * kKib);
  CHECK(memory["free_bytes"] == 2000000 * kKib);
  CHECK(memory["active_bytes"] == 3000000 * kKib);
  CHECK(memory["inactive_bytes"] == 4000000 * kKib);
  CHECK(memory["shared_bytes"] == 500000 * kKib);
  CHECK(memory["slab_bytes"] == 900000 * kKib);
}

TEST_CASE("machine facts: swap has psutil's meanings") {
  const json swap = FourCpuMachine{}.facts()["swap_memory"];
  const std::int64_t page_size = ::sysconf(_SC_PAGESIZE);
  CHECK(swap["total_bytes"] == 4000000 * std::int64_t{1024});
  CHECK(swap["used_bytes"] == 1000000 * std::int64_t{1024});
  CHECK(swap["percent"] == 25.0);
  CHECK(swap["sin_bytes"] == 10 * page_size);
  CHECK(swap["sout_bytes"] == 20 * page_size);
}

TEST_CASE("machine facts: a machine without swap uses 0.0 percent of it") {
  const FourCpuMachine machine;
  machine.directory.write("proc/meminfo", "SwapTotal: 0 kB\nSwapFree: 0 kB\n");
  CHECK(machine.facts()["swap_memory"]["percent"] == 0.0);
}

TEST_CASE("machine facts: guests' time counts once and waiting for I/O is idle") {
  const json usage = FourCpuMachine{}.facts()["cpu_usage_percentage"];
  CHECK(usage["total"] == 20.0);  // 80 of 400
  CHECK(usage["per_cpu"] == json({10.0, 25.0, 0.0, 45.0}));
}

TEST_CASE("machine facts: CPUs that share a core are one physical CPU") {
  const json count = FourCpuMachine{}.facts()["cpu_count"];
  CHECK(count["logical"] == 4);
  CHECK(count["physical"] == 2);
}

TEST_CASE("machine facts: frequencies are averages over the CPUs") {
  const json frequency = FourCpuMachine{}.facts()["cpu_frequency"];
  CHECK(frequency["current_mhz"].get<double>() == Approx(2000.25));
  CHECK(frequency["min_mhz"] == 400.0);
  CHECK(frequency["max_mhz"] == 3500.0);
}

TEST_CASE("machine facts: without MHz in cpuinfo the frequency driver is asked") {
  const FourCpuMachine machine;
  machine.directory.write("proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\n");
  CHECK(machine.facts()["cpu_frequency"]["current_mhz"] == 1500.0);
}

TEST_CASE("machine facts: what the machine does not tell is null") {
  const TemporaryDirectory nothing;
  const json facts = json::parse(machine_facts_text({nothing.path(), nothing.path()}));
  for (const char* group : {"cpu_count", "cpu_frequency", "virtual_memory", "swap_memory"}) {
    for (const auto& [name, value] : facts[group].items()) {
      INFO(group << '.' << name);
      CHECK(value.is_null());
    }
  }
  CHECK(facts["cpu_usage_percentage"]["total"].is_null());
  CHECK(facts["cpu_usage_percentage"]["per_cpu"].is_null());
}

TEST_CASE("machine facts: garbage is null and does no harm") {
  const FourCpuMachine machine;
  machine.directory.write("proc/meminfo",
                          "MemTotal: -1 kB\nMemFree: 9007199254740991 kB\nSwapTotal: x kB\n");
  machine.directory.write("proc/vmstat", "pswpin 9223372036854775807\npswpout 1e9\n");
  machine.directory.write("proc/stat", "cpu\ncpu0 x\n\xff\xfe\n");
  machine.directory.write("proc/cpuinfo", "cpu MHz\ncpu MHz\t: fast\n");
  const json facts = machine.facts();
  CHECK(facts["virtual_memory"]["total_bytes"].is_null());
  CHECK(facts["virtual_memory"]["used_bytes"].is_null());
  CHECK(facts["swap_memory"]["total_bytes"].is_null());
  CHECK(facts["swap_memory"]["sin_bytes"].is_null());
}

TEST_CASE("machine facts file: is written beside the database, for its user alone") {
  const TemporaryDirectory directory;
  const auto written = write_machine_facts(directory.path());
  REQUIRE(written.ok());
  CHECK(*written == directory.path() / "config/config.json");
  CHECK(mode_of(*written) == 0600);
  CHECK(mode_of(written->parent_path()) == 0700);
  CHECK(json::parse(read(*written)).contains("virtual_memory"));
}

TEST_CASE("machine facts file: replaces an older one and leaves nothing else behind") {
  const TemporaryDirectory directory;
  directory.write("config/config.json", "{\"cpu_frequency\": \"from the older project\"}");
  directory.write("config/other.json", "kept");
  REQUIRE(write_machine_facts(directory.path()).ok());
  CHECK(json::parse(read(directory.path() / "config/config.json"))["cpu_frequency"].is_object());
  CHECK(read(directory.path() / "config/other.json") == "kept");
  CHECK(files_in(directory.path() / "config") == 2);
}

TEST_CASE("machine facts file: a database without a directory has it in the working directory") {
  const TemporaryDirectory directory;
  ChildProcess child{[&] {
    if (::chdir(directory.path().c_str()) != 0) return 2;
    return write_machine_facts("").ok() ? 0 : 1;
  }};
  CHECK(child.reap() == 0);
  CHECK(fs::exists(directory.path() / "config/config.json"));
}

TEST_CASE("machine facts file: a directory that is not writable is an error") {
  const TemporaryDirectory directory;
  fs::permissions(directory.path(), fs::perms{0555});
  const OtherUser other;
  if (!other.is_other()) return;
  const auto written = write_machine_facts(directory.path());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == ErrorCode::permission);
  CHECK(written.error().where == (directory.path() / "config").string());
}

TEST_CASE("machine facts file: a directory that does not exist is an error") {
  const TemporaryDirectory directory;
  const auto written = write_machine_facts(directory.path() / "none");
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == ErrorCode::not_found);
}

TEST_CASE("machine facts file: something else of that name is an error and stays") {
  const TemporaryDirectory directory;
  directory.write("config", "a file");
  const auto written = write_machine_facts(directory.path());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == ErrorCode::io);
  CHECK(read(directory.path() / "config") == "a file");
}

TEST_CASE("machine facts file: a directory named config.json is an error and leaves no rest") {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path() / "config/config.json");
  CHECK_FALSE(write_machine_facts(directory.path()).ok());
  CHECK(files_in(directory.path() / "config") == 1);
}

TEST_CASE("machine facts file: another program's config.json is left alone") {
  const TemporaryDirectory directory;
  directory.write("config/config.json", "{\"port\": 8080}");
  const auto written = write_machine_facts(directory.path());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().why.starts_with("is another program's, and left alone; "));
  CHECK(read(directory.path() / "config/config.json") == "{\"port\": 8080}");
  CHECK(files_in(directory.path() / "config") == 1);
}

TEST_CASE("machine facts file: a config.json that cannot be read is not called another program's") {
  const TemporaryDirectory directory;
  const fs::path file = directory.write("config/config.json", "{\"cpu_frequency\": 1}");
  fs::permissions(file, fs::perms{0});
  fs::permissions(directory.path(), fs::perms{0755});
  const OtherUser other;
  if (!other.is_other()) return;
  const auto written = write_machine_facts(directory.path());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == ErrorCode::permission);
  CHECK(written.error().where == file.string());
  CHECK(written.error().why ==
        "cannot be read, so it is left alone: Permission denied; allow this user to read it, or "
        "move it away");
}

TEST_CASE("machine facts file: a link named config.json is left alone, and its target") {
  const TemporaryDirectory directory;
  const fs::path target = directory.write("target", "{\"cpu_frequency\": 1}");
  fs::create_directory(directory.path() / "config");
  fs::create_symlink(target, directory.path() / "config/config.json");
  CHECK_FALSE(write_machine_facts(directory.path()).ok());
  CHECK(read(target) == "{\"cpu_frequency\": 1}");
  CHECK(fs::is_symlink(directory.path() / "config/config.json"));
}

TEST_CASE("machine facts file: a link named config is followed where only its user writes") {
  const TemporaryDirectory directory;
  fs::create_directory(directory.path() / "elsewhere");
  fs::create_directory_symlink("elsewhere", directory.path() / "config");
  REQUIRE(write_machine_facts(directory.path()).ok());
  CHECK(fs::exists(directory.path() / "elsewhere/config.json"));
}

TEST_CASE("machine facts file: a link named config is refused where others can write") {
  const TemporaryDirectory directory;
  fs::create_directory(directory.path() / "elsewhere");
  fs::create_directory_symlink("elsewhere", directory.path() / "config");
  fs::permissions(directory.path(), fs::perms{01777});
  const auto written = write_machine_facts(directory.path());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == ErrorCode::permission);
  CHECK(files_in(directory.path() / "elsewhere") == 0);
}

TEST_CASE("machine facts file: a config that others can write is refused, and named") {
  const TemporaryDirectory directory;
  const fs::path config = directory.path() / "config";
  fs::create_directory(config);
  fs::permissions(config, fs::perms{0775});
  const auto written = write_machine_facts(directory.path());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().where == config.string());
  CHECK(written.error().why ==
        "can be written by others; run 'chmod go-w " + config.string() + "'");
  CHECK(files_in(config) == 0);
}

TEST_CASE("machine facts file: a config.json that others can write is left alone") {
  const TemporaryDirectory directory;
  const fs::path file = directory.write("config/config.json", "{\"cpu_frequency\": 1}");
  fs::permissions(file, fs::perms{0666});
  CHECK_FALSE(write_machine_facts(directory.path()).ok());
  CHECK(read(file) == "{\"cpu_frequency\": 1}");
}

TEST_CASE("machine facts file: a write that fails is an error and leaves the old file") {
  const TemporaryDirectory directory;
  const std::string old = "{\"cpu_frequency\": \"old\"}";
  directory.write("config/config.json", old);
  ChildProcess child{[&] {
    const struct rlimit nothing {};
    ::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit then fails instead
    if (::setrlimit(RLIMIT_FSIZE, &nothing) != 0) return 2;
    return write_config_file(directory.path(), "new").ok() ? 1 : 0;
  }};
  CHECK(child.reap() == 0);
  CHECK(read(directory.path() / "config/config.json") == old);
  CHECK(files_in(directory.path() / "config") == 1);
}

TEST_CASE("machine facts file: is whole at any moment while threads and processes write it") {
  const TemporaryDirectory directory;
  REQUIRE(write_machine_facts(directory.path()).ok());

  constexpr int kWrites = 40;
  const auto write_often = [&] {
    for (int i = 0; i < kWrites; ++i) {
      if (!write_machine_facts(directory.path()).ok()) return 1;
    }
    return 0;
  };
  std::vector<std::unique_ptr<ChildProcess>> processes;
  for (int i = 0; i < 2; ++i) processes.push_back(std::make_unique<ChildProcess>(write_often));
  std::atomic<int> failures{0};
  std::atomic<int> running{3};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      failures += write_often();
      --running;
    });
  }
  int torn = 0;
  do {
    const json facts = json::parse(read(directory.path() / "config/config.json"), nullptr, false);
    if (!facts.is_object() || !facts.contains("swap_memory")) ++torn;
  } while (running > 0);
  for (std::thread& thread : threads) thread.join();
  for (const auto& process : processes) failures += process->reap();
  CHECK(torn == 0);
  CHECK(failures == 0);
  CHECK(files_in(directory.path() / "config") == 1);
}
