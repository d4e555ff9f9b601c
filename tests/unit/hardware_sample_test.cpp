#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>

#include "src/base/hardware_sample.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/child_process.hpp"

namespace {

using dblog::test::TemporaryDirectory;

using dblog::base::find_hardware_sources;
using dblog::base::hardware_texts;
using dblog::base::HardwareSample;
using dblog::base::HardwareSources;
using dblog::base::HardwareTexts;
using dblog::base::sample_hardware;

constexpr std::int64_t kUnknown = HardwareSample::kUnknown;

HardwareSample sample_of(int process_id, const HardwareSample* previous = nullptr) {
  HardwareSample sample;
  REQUIRE(sample_hardware(process_id, find_hardware_sources(), previous, sample));
  return sample;
}

HardwareSample own_sample() { return sample_of(::getpid()); }

double own_cpu_seconds() {
  std::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void burn_cpu(double seconds) {
  const double end = own_cpu_seconds() + seconds;
  while (own_cpu_seconds() < end) {
  }
}

double rusage_seconds() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double cpu_seconds(const HardwareSample& sample) {
  return static_cast<double>(sample.cpu_ticks) / static_cast<double>(sample.ticks_per_second);
}

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] bool wait() const {
    char byte = 0;
    return ::read(ends[0], &byte, 1) == 1;
  }
  [[nodiscard]] bool signal() const { return ::write(ends[1], "x", 1) == 1; }
  int ends[2] = {-1, -1};
};

}  // namespace

TEST_CASE("hardware sample: our own CPU time agrees with getrusage()") {
  burn_cpu(0.05);
  const double before = rusage_seconds();
  const HardwareSample sample = own_sample();
  const double after = rusage_seconds();
  const double tick = 1.0 / static_cast<double>(sample.ticks_per_second);
  CHECK(cpu_seconds(sample) >= before - 2 * tick);
  CHECK(cpu_seconds(sample) <= after + 2 * tick);
  CHECK(static_cast<double>(sample.cpu_time_ns) / 1e9 == Approx(before).margin(0.05));
}

TEST_CASE("hardware sample: our own memory follows what we touch") {
  constexpr std::size_t kSize = 32 << 20;
  const HardwareSample before = own_sample();
  std::string memory(kSize, 'x');
  const HardwareSample after = own_sample();
  CHECK(memory[kSize / 2] == 'x');
  CHECK(before.rss_bytes > 0);
  CHECK(after.rss_bytes - before.rss_bytes > std::int64_t{kSize} * 3 / 4);
  CHECK(after.rss_bytes < after.memory_total);
}

TEST_CASE("hardware sample: counts our reads and writes") {
  const HardwareSample before = own_sample();
  if (before.read_count == kUnknown) return;  // a kernel without I/O accounting
  const Pipe pipe;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(pipe.signal());
    REQUIRE(pipe.wait());
  }
  const HardwareSample after = own_sample();
  CHECK(after.read_count - before.read_count >= 100);
  CHECK(after.read_count - before.read_count < 200);
  CHECK(after.write_count - before.write_count >= 100);
  CHECK(after.write_count - before.write_count < 200);
}

TEST_CASE("hardware sample: counts threads") {
  const Pipe pipe;
  const auto wait = [&] { (void)pipe.wait(); };
  std::thread first{wait};  // sanitizers start a thread of their own with the first one
  const std::int64_t before = own_sample().threads;
  std::thread second{wait};
  const std::int64_t during = own_sample().threads;
  REQUIRE(pipe.signal());
  REQUIRE(pipe.signal());
  first.join();
  second.join();
  CHECK(before >= 2);
  CHECK(during == before + 1);
}

TEST_CASE("hardware sample: counts open files and knows their limit") {
  const std::int64_t before = own_sample().open_files;
  const Pipe pipe;
  const HardwareSample sample = own_sample();
  struct rlimit limit {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(before >= 1);
  CHECK(sample.open_files == before + 2);
  if (limit.rlim_cur != RLIM_INFINITY) {
    CHECK(sample.open_files_limit == static_cast<std::int64_t>(limit.rlim_cur));
  }
}

TEST_CASE("hardware sample: leaves no file open") {
  const std::int64_t before = own_sample().open_files;
  for (int i = 0; i < 10; ++i) own_sample();
  CHECK(own_sample().open_files == before);
}

TEST_CASE("hardware sample: knows the machine") {
  const HardwareSample sample = own_sample();
  double uptime = 0;
  REQUIRE(std::ifstream{"/proc/uptime"} >> uptime);
  CHECK(sample.uptime_seconds == Approx(uptime).margin(5));
  CHECK(sample.load_1 >= 0);
  CHECK(sample.load_15 >= 0);
  CHECK(sample.memory_total > sample.memory_available);
  CHECK(sample.memory_total > 16 << 20);
  CHECK(sample.swap_total >= sample.swap_free);
  CHECK(sample.pressure_cpu <= 100);
}

TEST_CASE("hardware sample: sees a child's CPU time and tells it from ours") {
  const Pipe burnt;
  const Pipe hold;
  const ChildProcess child{[&] {
    burn_cpu(0.2);
    return burnt.signal() && hold.wait() ? 0 : 1;
  }};
  REQUIRE(burnt.wait());
  const HardwareSample sample = sample_of(child.id());
  CHECK(cpu_seconds(sample) >= 0.15);
  CHECK(cpu_seconds(sample) < 5);
  CHECK(sample.threads >= 1);
  CHECK(sample.rss_bytes > 0);
  CHECK(sample.open_files >= 4);  // the ends of two pipes
  CHECK(sample.start_ticks >= own_sample().start_ticks);
}

TEST_CASE("hardware sample: CPU usage is 0.0 at the first look and a share of one CPU after") {
  const HardwareSample first = own_sample();
  CHECK(first.cpu_usage_percent == 0.0);
  burn_cpu(0.05);
  const HardwareSample second = sample_of(::getpid(), &first);
  const auto used_ns = static_cast<double>(second.cpu_time_ns - first.cpu_time_ns);
  const auto passed_ns = static_cast<double>(second.taken_at_ns - first.taken_at_ns);
  CHECK(second.cpu_usage_percent > 1);
  CHECK(second.cpu_usage_percent == Approx(100 * used_ns / passed_ns));
}

TEST_CASE("hardware sample: CPU usage counts ticks when there is no CPU clock") {
  HardwareSample first = own_sample();
  first.cpu_time_ns = kUnknown;
  first.cpu_ticks = 0;
  burn_cpu(0.02);
  const HardwareSample second = sample_of(::getpid(), &first);
  CHECK(second.cpu_usage_percent > 0);
}

TEST_CASE("hardware sample: the previous look may be the sample itself") {
  HardwareSample sample = own_sample();
  burn_cpu(0.02);
  REQUIRE(sample_hardware(::getpid(), find_hardware_sources(), &sample, sample));
  CHECK(sample.cpu_usage_percent > 0);
}

TEST_CASE("hardware sample: a previous look at another process with the same id is ignored") {
  HardwareSample other = own_sample();
  other.start_ticks -= 1;
  burn_cpu(0.02);
  CHECK(sample_of(::getpid(), &other).cpu_usage_percent == 0.0);
}

TEST_CASE("hardware sample: a clock that did not move gives no usage") {
  HardwareSample future = own_sample();
  future.taken_at_ns += std::int64_t{3600} * 1'000'000'000;
  CHECK(sample_of(::getpid(), &future).cpu_usage_percent == 0.0);
}

TEST_CASE("hardware sample: there is none of a process that does not exist") {
  ChildProcess child{[] { return 0; }};
  const int process_id = child.id();
  REQUIRE(child.reap() == 0);
  HardwareSample sample;
  for (const int no_process : {process_id, 0, -1, INT32_MIN}) {
    INFO(no_process);
    CHECK_FALSE(sample_hardware(no_process, find_hardware_sources(), nullptr, sample));
  }
}

TEST_CASE("hardware sample: a process that ended and was not reaped has its CPU time left") {
  const ChildProcess child{[] {
    burn_cpu(0.05);
    return 0;
  }};
  child.wait_for_end();
  const HardwareSample sample = sample_of(child.id());
  CHECK(cpu_seconds(sample) >= 0.03);
  CHECK(sample.rss_bytes == 0);
}

TEST_CASE("hardware sample: a process whose main thread ended still has its memory and files") {
  ChildProcess child{[] {
    ::alarm(30);
    std::thread{[] {
      for (std::string state; state != "Z";) {
        std::string id, command;
        std::ifstream{"/proc/self/stat"} >> id >> command >> state;
      }
      const HardwareSample sample = own_sample();
      ::_exit(sample.rss_bytes > 0 && sample.open_files >= 1 ? 0 : 1);
    }}.detach();
    ::syscall(SYS_exit, 0);  // the thread alone, and without unwinding
    return 2;
  }};
  CHECK(child.reap() == 0);
}

TEST_CASE("hardware sample: without a descriptor left our own CPU time is still known") {
  ChildProcess child{[] {
    const HardwareSources sources = find_hardware_sources();
    burn_cpu(0.03);
    const struct rlimit none {};
    HardwareSample sample;
    if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return 2;
    if (!sample_hardware(::getpid(), sources, nullptr, sample)) return 3;
    return sample.cpu_ticks >= 2 && sample.open_files_limit == 0 && sample.uptime_seconds > 0 ? 0
                                                                                              : 1;
  }};
  CHECK(child.reap() == 0);
}

TEST_CASE("hardware sample: reads our cgroup, where no limit is unknown") {
  const TemporaryDirectory cgroup;
  cgroup.write("memory.current", "52428800\n");
  cgroup.write("memory.max", "max\n");
  cgroup.write("pids.current", "17\n");
  cgroup.write("pids.max", "512\n");
  HardwareSources sources = find_hardware_sources();
  REQUIRE(cgroup.path().string().size() < sizeof sources.cgroup_directory);
  std::strcpy(sources.cgroup_directory, cgroup.path().c_str());
  HardwareSample sample;
  REQUIRE(sample_hardware(::getpid(), sources, nullptr, sample));
  CHECK(sample.cgroup_memory_current == 52428800);
  CHECK(sample.cgroup_memory_max == kUnknown);
  CHECK(sample.cgroup_pids_current == 17);
  CHECK(sample.cgroup_pids_max == 512);
}

TEST_CASE("hardware sample: our cgroup says nothing about another process") {
  const TemporaryDirectory cgroup;
  cgroup.write("pids.current", "17\n");
  HardwareSources sources = find_hardware_sources();
  std::strcpy(sources.cgroup_directory, cgroup.path().c_str());
  const Pipe hold;
  const ChildProcess child{[&] { return hold.wait() ? 0 : 1; }};
  HardwareSample sample;
  REQUIRE(sample_hardware(child.id(), sources, nullptr, sample));
  CHECK(sample.cgroup_pids_current == kUnknown);
}

TEST_CASE("hardware sample: without a cgroup the fields are unknown") {
  const HardwareSources sources{};
  HardwareSample sample;
  REQUIRE(sample_hardware(::getpid(), sources, nullptr, sample));
  CHECK(sample.cgroup_memory_current == kUnknown);
  CHECK(sample.cgroup_pids_max == kUnknown);
}

TEST_CASE("hardware texts: print as the older project's rows") {
  HardwareSample sample;
  sample.cpu_ticks = 14;
  sample.rss_bytes = 25010176;
  sample.memory_total = 8232570880;
  const HardwareTexts texts = hardware_texts(sample);
  CHECK(std::string(texts.cpu_times) == "0.14");
  CHECK(std::string(texts.cpu_usage) == "0.0");
  CHECK(std::string(texts.memory) == "25010176");
  CHECK(std::string(texts.mem_use) == "0.303795");
}

TEST_CASE("hardware texts: CPU usage may exceed 100 percent") {
  HardwareSample sample;
  sample.cpu_ticks = 1;
  sample.cpu_usage_percent = 387.04;
  CHECK(std::string(hardware_texts(sample).cpu_usage) == "387.0");
}

TEST_CASE("hardware texts: what is unknown is empty") {
  const HardwareTexts texts = hardware_texts(HardwareSample{});
  CHECK(std::string(texts.cpu_times).empty());
  CHECK(std::string(texts.cpu_usage).empty());
  CHECK(std::string(texts.memory).empty());
  CHECK(std::string(texts.mem_use).empty());
}

TEST_CASE("hardware texts: the largest numbers fit") {
  HardwareSample sample;
  sample.cpu_ticks = INT64_MAX;
  sample.rss_bytes = INT64_MAX;
  sample.memory_total = 1;
  const HardwareTexts texts = hardware_texts(sample);
  CHECK(std::string(texts.memory) == "9223372036854775807");
  CHECK(std::string(texts.cpu_times).size() >= 17);
}
