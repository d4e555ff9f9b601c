// What /proc says of a process and its machine at one moment.
// Used by the crash handler and, in ordinary code, by src/monitor. Never allocates, waits or
// changes anything in the process; a source that is missing (no /proc, no cgroup v2, no pressure
// files, another user's process) leaves its fields unknown.
// Context: crash time, except find_hardware_sources() (setup).
#pragma once

#include <cstdint>
#include <type_traits>

#include "src/base/cgroup_directory.hpp"

namespace dblog::base {

/// Times are in clock ticks and memory in bytes. A field that could not be read is kUnknown (whole
/// numbers) or negative (the others).
struct HardwareSample {
  static constexpr std::int64_t kUnknown = -1;

  std::int64_t cpu_ticks = kUnknown;    ///< user + system, /proc/PID/stat fields 14 and 15
  std::int64_t ticks_per_second = 100;  ///< sysconf(_SC_CLK_TCK)
  std::int64_t cpu_time_ns = kUnknown;  ///< the same from the process's CPU clock, finer
  std::int64_t start_ticks = kUnknown;  ///< since the machine's start; tells reused ids apart
  std::int64_t taken_at_ns = kUnknown;  ///< CLOCK_MONOTONIC; for the next look's cpu_usage
  double cpu_usage_percent = 0.0;       ///< of one CPU, since the previous look; 0.0 at the first
  std::int64_t rss_bytes = kUnknown;
  std::int64_t read_count = kUnknown;   ///< syscr of /proc/PID/io
  std::int64_t write_count = kUnknown;  ///< syscw of /proc/PID/io
  std::int64_t threads = kUnknown;
  std::int64_t open_files = kUnknown;
  std::int64_t open_files_limit = kUnknown;  ///< soft RLIMIT_NOFILE; kUnknown also for "unlimited"
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
struct HardwareSources {
  /// "/sys/fs/cgroup/…" of this process; empty: neither cgroup v2 nor v1's memory controller.
  char cgroup_directory[kCgroupDirectorySize] = {};
  std::int64_t ticks_per_second = 100;
  std::int64_t page_size = 4096;
};
static_assert(std::is_trivially_copyable_v<HardwareSources>);

/// Look again after the process moved to another cgroup; a fork() needs no new look.
/// Context: setup.
HardwareSources find_hardware_sources() noexcept;

/// Fills `sample` for `process_id`; cgroup facts are those of this process and left out for
/// others. `previous` (may be null, may be `sample` itself) is the last look at the same process,
/// for cpu_usage_percent; of another process with the same id it is ignored. False if there is no
/// such process, or if it is hidden from this one; always true for this process itself.
/// Cost: at most 37 system calls, all short; 12 fewer without a cgroup or for another process.
/// Before Linux 6.2 also one per about 40 open files. Context: crash time; under 2 KiB of stack.
bool sample_hardware(int process_id, const HardwareSources& sources, const HardwareSample* previous,
                     HardwareSample& sample) noexcept;

/// The texts of the VARCHAR columns of hw_logs, NUL-terminated, as psutil's numbers print.
struct HardwareTexts {
  char cpu_times[24] = {};  ///< seconds, "0.14"
  char cpu_usage[24] = {};  ///< percent with one decimal, "0.0"
  char memory[24] = {};     ///< RSS in bytes
  char mem_use[24] = {};    ///< RSS in percent of RAM with up to six decimals, "0.303796"
};

/// A value that is not known gives an empty text. Context: crash time.
HardwareTexts hardware_texts(const HardwareSample& sample) noexcept;

}  // namespace dblog::base
