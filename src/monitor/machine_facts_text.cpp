// Reads the machine's facts from /proc and /sys and words them as JSON.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "dblog/event.hpp"
#include "src/base/proc_parsers.hpp"
#include "src/monitor/machine_facts.hpp"

namespace dblog::monitor {
namespace {

using Json = nlohmann::ordered_json;
using Path = std::filesystem::path;
using Whole = std::optional<std::int64_t>;

constexpr double kKilohertzPerMegahertz = 1000;

std::string read_text(const Path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

double one_decimal(double value) { return std::round(value * 10) / 10; }

/// psutil's percent: one decimal, 0.0 of nothing.
double percent(double part, double whole) {
  return whole > 0 ? one_decimal(part * 100 / whole) : 0.0;
}

Whole named_value(std::string_view text, std::string_view name) {
  constexpr std::int64_t kPlausible = std::int64_t{1} << 60;  // sums of a few cannot overflow
  const std::int64_t value = base::parse_named_value(text, name);
  return value >= 0 && value <= kPlausible ? Whole{value} : Whole{};
}

Whole sum(const Whole& left, const Whole& right) {
  return left && right ? Whole{*left + *right} : Whole{};
}

std::optional<double> average(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double total = 0;
  for (const double value : values) total += value;
  return total / static_cast<double>(values.size());
}

/// /sys/devices/system/cpu/cpu0, cpu1, …
std::vector<Path> cpu_directories(const Path& sys) {
  std::vector<Path> directories;
  std::error_code error;
  std::filesystem::directory_iterator at{sys / "devices/system/cpu", error};
  for (; !error && at != std::filesystem::directory_iterator{}; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool is_cpu = name.size() > 3 && name.compare(0, 3, "cpu") == 0 &&
                        name.find_first_not_of("0123456789", 3) == std::string::npos;
    if (is_cpu) directories.push_back(at->path());
  }
  return directories;
}

/// Busy and total ticks of one CPU, or of all.
struct CpuTicks {
  double busy = 0;
  double total = 0;

  [[nodiscard]] double usage_percent() const { return percent(busy, total); }
};

/// The numbers behind "cpu" or "cpuN" in /proc/stat: user nice system idle iowait irq softirq steal
/// guest guest_nice. Guests' time is in user and nice already (proc(5)); waiting for I/O is idle.
CpuTicks cpu_ticks(std::istringstream& numbers) {
  constexpr int kIdle = 3;
  constexpr int kIoWait = 4;
  constexpr int kGuest = 8;
  CpuTicks ticks;
  double value = 0;
  for (int column = 0; column < kGuest && numbers >> value; ++column) {
    ticks.total += value;
    if (column != kIdle && column != kIoWait) ticks.busy += value;
  }
  return ticks;
}

struct CpuUsage {
  std::optional<double> total;
  std::vector<double> per_cpu;
};

CpuUsage cpu_usage(const Path& proc) {
  CpuUsage usage;
  std::istringstream lines{read_text(proc / "stat")};
  for (std::string line; std::getline(lines, line) && line.compare(0, 3, "cpu") == 0;) {
    std::istringstream numbers{line};
    std::string name;
    numbers >> name;
    const double usage_percent = cpu_ticks(numbers).usage_percent();
    if (name == "cpu") {
      usage.total = usage_percent;
    } else {
      usage.per_cpu.push_back(usage_percent);
    }
  }
  return usage;
}

Json cpu_usage_json(const CpuUsage& usage) {
  return {{"total", or_null(usage.total)},
          {"per_cpu", usage.per_cpu.empty() ? Json(nullptr) : Json(usage.per_cpu)},
          {"since", "machine start"}};
}

/// Sets of CPUs that share a core, counted once each.
Whole physical_cores(const std::vector<Path>& cpus) {
  std::set<std::string> cores;
  for (const Path& cpu : cpus) {
    std::string siblings = read_text(cpu / "topology/core_cpus_list");
    if (siblings.empty()) siblings = read_text(cpu / "topology/thread_siblings_list");
    if (!siblings.empty()) cores.insert(siblings);
  }
  return cores.empty() ? Whole{} : Whole{static_cast<std::int64_t>(cores.size())};
}

Json cpu_count_json(const CpuUsage& usage, const std::vector<Path>& cpus) {
  const auto online = static_cast<std::int64_t>(usage.per_cpu.size());
  return {{"logical", or_null(online > 0 ? Whole{online} : Whole{})},
          {"physical", or_null(physical_cores(cpus))}};
}

std::optional<double> average_frequency(const std::vector<Path>& cpus, const char* file) {
  std::vector<double> values;
  for (const Path& cpu : cpus) {
    const std::int64_t kilohertz = base::parse_cgroup_value(read_text(cpu / "cpufreq" / file));
    if (kilohertz >= 0) values.push_back(static_cast<double>(kilohertz) / kKilohertzPerMegahertz);
  }
  return average(values);
}

/// The lines "cpu MHz : 2400.000", which cost one file for all CPUs; ARM has none.
std::optional<double> frequency_in_cpuinfo(const Path& proc) {
  std::vector<double> values;
  std::istringstream lines{read_text(proc / "cpuinfo")};
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, 7, "cpu MHz") != 0) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream number{line.substr(colon + 1)};
    double megahertz = 0;
    if (number >> megahertz) values.push_back(megahertz);
  }
  return average(values);
}

Json cpu_frequency_json(const Path& proc, const std::vector<Path>& cpus) {
  std::optional<double> current = frequency_in_cpuinfo(proc);
  if (!current) current = average_frequency(cpus, "scaling_cur_freq");
  return {{"current_mhz", or_null(current)},
          {"min_mhz", or_null(average_frequency(cpus, "scaling_min_freq"))},
          {"max_mhz", or_null(average_frequency(cpus, "scaling_max_freq"))}};
}

/// `used` is what free(1) showed before procps 4: neither free nor buffers nor cache.
Whole used_memory(const Whole& total, const Whole& free, const Whole& buffers,
                  const Whole& cached) {
  if (!total || !free) return std::nullopt;
  const std::int64_t used = *total - *free - buffers.value_or(0) - cached.value_or(0);
  // Containers' /proc/meminfo may not add up (lxcfs).
  return used >= 0 ? used : std::max<std::int64_t>(*total - *free, 0);
}

Json virtual_memory_json(std::string_view meminfo) {
  const Whole total = named_value(meminfo, "MemTotal");
  const Whole available = named_value(meminfo, "MemAvailable");
  const Whole free = named_value(meminfo, "MemFree");
  const Whole buffers = named_value(meminfo, "Buffers");
  const Whole page_cache = named_value(meminfo, "Cached");
  const Whole reclaimable = named_value(meminfo, "SReclaimable");
  const Whole cached = reclaimable ? sum(page_cache, reclaimable) : page_cache;
  std::optional<double> used_percent;
  if (total && available) {
    used_percent = percent(static_cast<double>(*total - *available), static_cast<double>(*total));
  }
  return {{"total_bytes", or_null(total)},
          {"available_bytes", or_null(available)},
          {"percent", or_null(used_percent)},
          {"used_bytes", or_null(used_memory(total, free, buffers, cached))},
          {"free_bytes", or_null(free)},
          {"active_bytes", or_null(named_value(meminfo, "Active"))},
          {"inactive_bytes", or_null(named_value(meminfo, "Inactive"))},
          {"buffers_bytes", or_null(buffers)},
          {"cached_bytes", or_null(cached)},
          {"shared_bytes", or_null(named_value(meminfo, "Shmem"))},
          {"slab_bytes", or_null(named_value(meminfo, "Slab"))}};
}

Json swap_memory_json(std::string_view meminfo, std::string_view vmstat) {
  const std::int64_t page_size = ::sysconf(_SC_PAGESIZE);
  const auto pages_in_bytes = [&](std::string_view name) {
    std::int64_t bytes = 0;
    const Whole pages = named_value(vmstat, name);
    const bool fits = pages && !__builtin_mul_overflow(*pages, page_size, &bytes);
    return fits ? Whole{bytes} : Whole{};
  };
  const Whole total = named_value(meminfo, "SwapTotal");
  const Whole free = named_value(meminfo, "SwapFree");
  Whole used;
  std::optional<double> used_percent;
  if (total && free) {
    used = *total - *free;
    used_percent = percent(static_cast<double>(*used), static_cast<double>(*total));
  }
  return {{"total_bytes", or_null(total)},
          {"used_bytes", or_null(used)},
          {"free_bytes", or_null(free)},
          {"percent", or_null(used_percent)},
          {"sin_bytes", or_null(pages_in_bytes("pswpin"))},
          {"sout_bytes", or_null(pages_in_bytes("pswpout"))}};
}

}  // namespace

std::string machine_facts_text(const MachineSources& sources) {
  const std::string meminfo = read_text(sources.proc / "meminfo");
  const CpuUsage usage = cpu_usage(sources.proc);
  const std::vector<Path> cpus = cpu_directories(sources.sys);
  const Json facts = {
      {"written", local_date_text(now())},
      {"cpu_count", cpu_count_json(usage, cpus)},
      {"cpu_frequency", cpu_frequency_json(sources.proc, cpus)},
      {"cpu_usage_percentage", cpu_usage_json(usage)},
      {"virtual_memory", virtual_memory_json(meminfo)},
      {"swap_memory", swap_memory_json(meminfo, read_text(sources.proc / "vmstat"))}};
  return facts.dump(2) + '\n';
}

}  // namespace dblog::monitor
