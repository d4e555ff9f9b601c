// What /proc says of a process and its machine at one moment.
// Context: crash time. No heap, no locks, no stdio; open, read and close only.
// Used by the crash handler and, in ordinary code, by src/monitor.
#pragma once

#include <cstdint>
#include <type_traits>

namespace dblog::crash {

/// Times are in clock ticks and memory in bytes, as the kernel gives them. A field that could not
/// be read is kUnknown (whole numbers) or negative (the others).
struct HardwareSample {
  static constexpr std::int64_t kUnknown = -1;

  std::int64_t cpu_ticks = kUnknown;    ///< user + system, /proc/PID/stat fields 14 and 15
  std::int64_t ticks_per_second = 100;  ///< sysconf(_SC_CLK_TCK)
  std::int64_t taken_at_ns = kUnknown;  ///< CLOCK_MONOTONIC; for the next look's cpu_usage
  double cpu_usage_percent = 0.0;       ///< of one CPU, since the previous look; 0.0 at the first
  std::int64_t rss_bytes = kUnknown;
  std::int64_t read_count = kUnknown;   ///< syscr of /proc/PID/io
  std::int64_t write_count = kUnknown;  ///< syscw of /proc/PID/io
  std::int64_t threads = kUnknown;
  std::int64_t open_files = kUnknown;
  std::int64_t open_files_limit = kUnknown;  ///< soft RLIMIT_NOFILE
  double load_1 = -1, load_5 = -1, load_15 = -1;
  double uptime_seconds = -1;  ///< of the machine
  std::int64_t memory_total = kUnknown;
  std::int64_t memory_available = kUnknown;
  std::int64_t swap_total = kUnknown;
  std::int64_t swap_free = kUnknown;
  std::int64_t cgroup_memory_current = kUnknown;
  std::int64_t cgroup_memory_max = kUnknown;  ///< kUnknown also for "max": no limit
  std::int64_t cgroup_pids_current = kUnknown;
  std::int64_t cgroup_pids_max = kUnknown;
  double pressure_cpu = -1, pressure_memory = -1, pressure_io = -1;  ///< "some avg10", percent
};
static_assert(std::is_trivially_copyable_v<HardwareSample>);

/// What is looked up once, in ordinary code, because it is slow or not safe at crash time.
/// Context: set-up.
struct HardwareSources {
  char cgroup_directory[512] = {};  ///< "/sys/fs/cgroup/…" of this process; empty: no cgroup v2
  std::int64_t ticks_per_second = 100;
  std::int64_t page_size = 4096;
};
static_assert(std::is_trivially_copyable_v<HardwareSources>);

/// Context: set-up.
HardwareSources find_hardware_sources() noexcept;

/// Fills `sample` for `process_id`; cgroup facts are those of this process and left out for
/// others. `previous` (may be null) is the last look at the same process, for cpu_usage_percent.
/// False if there is no such process. Context: crash time; bounded stack (under 2 KiB).
bool sample_hardware(int process_id, const HardwareSources& sources, const HardwareSample* previous,
                     HardwareSample& sample) noexcept;

/// The texts of the VARCHAR columns of hw_logs, NUL-terminated, as psutil's numbers print.
struct HardwareTexts {
  char cpu_times[24] = {};  ///< seconds, "0.14"
  char cpu_usage[24] = {};  ///< percent, "0.0"
  char memory[24] = {};     ///< RSS in bytes
  char mem_use[24] = {};    ///< RSS in percent of RAM, "0.3038"
};

/// A value that is not known gives an empty text. Context: crash time.
HardwareTexts hardware_texts(const HardwareSample& sample) noexcept;

}  // namespace dblog::crash
