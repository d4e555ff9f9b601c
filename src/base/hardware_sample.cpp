// Context: crash time, except find_hardware_sources() (setup).
#include "src/base/hardware_sample.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <string_view>

#include "src/base/number_text.hpp"
#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"

namespace dblog::base {
namespace {

static_assert(HardwareSample::kUnknown == kNotFound);

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// One path and one text at a time, in one place of the stack for the whole sample.
struct Reader {
  PathText path;
  char text[768];  // ample for what is looked for: within 600 bytes in every file

  std::string_view read(std::string_view directory, std::string_view file) noexcept {
    path.cut(0);
    path.add(directory).add(file);
    return read_small_file(path.c_str(), text, sizeof text);
  }
};

struct ProcessPlace {
  int id;
  bool is_ours;
  char directory[32];  ///< "/proc/self" or "/proc/PID"
};

ProcessPlace place_of(int process_id) noexcept {
  ProcessPlace place{process_id, process_id == ::getpid(), {}};
  constexpr std::string_view kProc = "/proc/";
  constexpr std::string_view kSelf = "/proc/self";
  if (place.is_ours) {
    std::memcpy(place.directory, kSelf.data(), kSelf.size());
  } else {
    std::memcpy(place.directory, kProc.data(), kProc.size());
    write_whole(process_id, place.directory + kProc.size(), sizeof place.directory - kProc.size());
  }
  return place;
}

std::int64_t clock_nanoseconds(clockid_t clock) noexcept {
  std::timespec time{};
  if (::clock_gettime(clock, &time) != 0) return HardwareSample::kUnknown;
  return std::int64_t{time.tv_sec} * kNanosecondsPerSecond + time.tv_nsec;
}

/// What clock_getcpuclockid(3) gives, without its extra system call: the kernel's encoding of the
/// CPU clock of a whole process (include/linux/posix-timers.h, CPUCLOCK_SCHED).
clockid_t cpu_clock_of(const ProcessPlace& process) noexcept {
  if (process.is_ours) return CLOCK_PROCESS_CPUTIME_ID;
  return static_cast<clockid_t>((~static_cast<unsigned>(process.id) << 3) | 2U);
}

/// Four system calls (one more clock read, and stat's open, read and close).
bool sample_process(const ProcessPlace& process, const HardwareSources& sources, Reader& reader,
                    HardwareSample& sample) noexcept {
  sample.taken_at_ns = clock_nanoseconds(CLOCK_MONOTONIC);
  sample.cpu_time_ns = clock_nanoseconds(cpu_clock_of(process));
  ProcessStat stat = parse_process_stat(reader.read(process.directory, "/stat"));
  const bool is_readable = stat.cpu_ticks != kNotFound;
  if (!is_readable && !process.is_ours) return false;

  if (!is_readable && sample.cpu_time_ns >= 0) {
    stat.cpu_ticks = sample.cpu_time_ns / (kNanosecondsPerSecond / sources.ticks_per_second);
  }
  // A main thread that ended leaves its process without memory in /proc/self (proc(5), statm).
  if (process.is_ours && stat.rss_pages == 0) {
    stat.rss_pages = parse_process_stat(reader.read("/proc/thread-self", "/stat")).rss_pages;
  }
  sample.cpu_ticks = stat.cpu_ticks;
  sample.start_ticks = stat.start_ticks;
  sample.threads = stat.threads;
  if (stat.rss_pages >= 0 &&
      __builtin_mul_overflow(stat.rss_pages, sources.page_size, &sample.rss_bytes)) {
    sample.rss_bytes = HardwareSample::kUnknown;
  }
  return true;
}

/// Three system calls.
void sample_io(const ProcessPlace& process, Reader& reader, HardwareSample& sample) noexcept {
  const ProcessIo io = parse_process_io(reader.read(process.directory, "/io"));
  sample.read_count = io.read_count;
  sample.write_count = io.write_count;
}

/// Two system calls; before Linux 6.2 the directory is also listed.
void sample_open_files(const ProcessPlace& process, Reader& reader,
                       HardwareSample& sample) noexcept {
  struct rlimit limit {};
  if (::prlimit(process.is_ours ? 0 : process.id, RLIMIT_NOFILE, nullptr, &limit) == 0 &&
      limit.rlim_cur <= static_cast<rlim_t>(INT64_MAX)) {
    sample.open_files_limit = static_cast<std::int64_t>(limit.rlim_cur);
  }
  // Not /proc/self, which shows no files once the main thread ended.
  reader.path.cut(0);
  reader.path.add(process.is_ours ? "/proc/thread-self" : process.directory).add("/fd");
  // Since Linux 6.2 the directory's size is the number of open files: also right when none is left
  // to open the directory with.
  struct stat status {};
  if (::stat(reader.path.c_str(), &status) != 0) return;
  if (status.st_size > 0) {
    sample.open_files = std::int64_t{status.st_size};
    return;
  }
  const std::int64_t counted = count_entries(reader.path.c_str(), reader.text, sizeof reader.text);
  if (counted < 0) return;
  const std::int64_t ours_to_count_with = process.is_ours ? 1 : 0;
  sample.open_files = counted - ours_to_count_with;
}

/// Fifteen system calls.
void sample_machine(Reader& reader, HardwareSample& sample) noexcept {
  const std::int64_t uptime_ns = clock_nanoseconds(CLOCK_BOOTTIME);  // what /proc/uptime shows
  if (uptime_ns >= 0) {
    sample.uptime_seconds = static_cast<double>(uptime_ns) / double{kNanosecondsPerSecond};
  }
  const LoadAverage load = parse_load_average(reader.read("/proc", "/loadavg"));
  sample.load_1 = load.minutes_1;
  sample.load_5 = load.minutes_5;
  sample.load_15 = load.minutes_15;

  const std::string_view memory = reader.read("/proc", "/meminfo");
  sample.memory_total = parse_named_value(memory, "MemTotal");
  sample.memory_available = parse_named_value(memory, "MemAvailable");
  sample.swap_total = parse_named_value(memory, "SwapTotal");
  sample.swap_free = parse_named_value(memory, "SwapFree");

  sample.pressure_cpu = parse_pressure(reader.read("/proc/pressure", "/cpu"));
  sample.pressure_memory = parse_pressure(reader.read("/proc/pressure", "/memory"));
  sample.pressure_io = parse_pressure(reader.read("/proc/pressure", "/io"));
}

/// Twelve system calls; one for a controller that the group does not have.
void sample_cgroup(std::string_view directory, Reader& reader, HardwareSample& sample) noexcept {
  sample.cgroup_memory_current = parse_cgroup_value(reader.read(directory, "/memory.current"));
  if (sample.cgroup_memory_current != kNotFound) {
    sample.cgroup_memory_max = parse_cgroup_value(reader.read(directory, "/memory.max"));
  }
  sample.cgroup_pids_current = parse_cgroup_value(reader.read(directory, "/pids.current"));
  if (sample.cgroup_pids_current != kNotFound) {
    sample.cgroup_pids_max = parse_cgroup_value(reader.read(directory, "/pids.max"));
  }
}

/// Percent of one CPU between two looks at one process; 0.0 if they do not allow to tell.
double cpu_usage(const HardwareSample& before, const HardwareSample& now) noexcept {
  const bool is_same_process = before.start_ticks == now.start_ticks;
  const std::int64_t passed_ns = now.taken_at_ns - before.taken_at_ns;
  if (!is_same_process || before.taken_at_ns < 0 || passed_ns <= 0) return 0.0;

  double used_ns = 0.0;
  if (before.cpu_time_ns >= 0 && now.cpu_time_ns >= 0) {
    used_ns = static_cast<double>(now.cpu_time_ns - before.cpu_time_ns);
  } else if (before.cpu_ticks >= 0 && now.cpu_ticks >= 0) {
    used_ns = static_cast<double>(now.cpu_ticks - before.cpu_ticks) *
              double{kNanosecondsPerSecond} / static_cast<double>(now.ticks_per_second);
  }
  return used_ns > 0 ? used_ns * 100.0 / static_cast<double>(passed_ns) : 0.0;
}

}  // namespace

HardwareSources find_hardware_sources() noexcept {
  HardwareSources sources;
  const long ticks = ::sysconf(_SC_CLK_TCK);
  if (ticks > 0 && ticks <= kNanosecondsPerSecond) sources.ticks_per_second = ticks;
  const long page_size = ::sysconf(_SC_PAGESIZE);
  if (page_size > 0) sources.page_size = page_size;

  // The places that systemd and every container engine use; the second on hybrid machines.
  char text[1536];  // a hybrid machine has a line for each v1 controller before the v2 line
  const std::string_view groups = read_small_file("/proc/self/cgroup", text, sizeof text);
  if (find_cgroup_directory(groups, "/sys/fs/cgroup", sources.cgroup_directory)) return sources;
  // A hybrid machine has its memory controller in version 1, and nothing of ours in version 2.
  if (!find_memory_cgroup_directory(groups, "/sys/fs/cgroup/memory", sources.cgroup_directory)) {
    find_cgroup_directory(groups, "/sys/fs/cgroup/unified", sources.cgroup_directory);
  }
  return sources;
}

bool sample_hardware(int process_id, const HardwareSources& sources, const HardwareSample* previous,
                     HardwareSample& sample) noexcept {
  const HardwareSample before = previous != nullptr ? *previous : HardwareSample{};
  sample = HardwareSample{};
  sample.ticks_per_second = sources.ticks_per_second;
  if (process_id <= 0) return false;

  Reader reader;
  const ProcessPlace process = place_of(process_id);
  if (!sample_process(process, sources, reader, sample)) return false;
  sample.cpu_usage_percent = cpu_usage(before, sample);
  sample_io(process, reader, sample);
  sample_open_files(process, reader, sample);
  sample_machine(reader, sample);
  if (process.is_ours && sources.cgroup_directory[0] != '\0') {
    sample_cgroup(sources.cgroup_directory, reader, sample);
  }
  return true;
}

HardwareTexts hardware_texts(const HardwareSample& sample) noexcept {
  HardwareTexts texts;
  if (sample.cpu_ticks >= 0 && sample.ticks_per_second > 0) {
    const double seconds =
        static_cast<double>(sample.cpu_ticks) / static_cast<double>(sample.ticks_per_second);
    write_decimal(seconds, 2, texts.cpu_times, sizeof texts.cpu_times);
    write_decimal(sample.cpu_usage_percent, 1, texts.cpu_usage, sizeof texts.cpu_usage);
  }
  if (sample.rss_bytes < 0) return texts;
  write_whole(sample.rss_bytes, texts.memory, sizeof texts.memory);
  if (sample.memory_total > 0) {
    const double percent =
        static_cast<double>(sample.rss_bytes) * 100.0 / static_cast<double>(sample.memory_total);
    write_decimal(percent, 6, texts.mem_use, sizeof texts.mem_use);
  }
  return texts;
}

}  // namespace dblog::base
