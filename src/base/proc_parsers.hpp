// Reads the texts of /proc and of the cgroup file system: text in, value out, no file opened here.
// Never trusts the text: what is missing, truncated, negative or too large is unknown, nothing
// else. Context: crash time. No heap, no locks, no system calls; time linear in the text.
#pragma once

#include <cstdint>
#include <string_view>

namespace dblog::base {

/// What a parser gives for a whole number that it did not find; others are then negative.
inline constexpr std::int64_t kNotFound = -1;

/// Of /proc/PID/stat (proc(5), fields 14 and 15, 20, 22, 24).
struct ProcessStat {
  std::int64_t cpu_ticks = kNotFound;  ///< user + system
  std::int64_t threads = kNotFound;
  std::int64_t start_ticks = kNotFound;  ///< since the machine's start
  std::int64_t rss_pages = kNotFound;
};
ProcessStat parse_process_stat(std::string_view text) noexcept;

/// Of /proc/PID/io: system calls that read and wrote.
struct ProcessIo {
  std::int64_t read_count = kNotFound;
  std::int64_t write_count = kNotFound;
};
ProcessIo parse_process_io(std::string_view text) noexcept;

/// The value of the line "name value\n" or "name: value [kB]\n", as in /proc/meminfo,
/// /proc/PID/io and /proc/vmstat; kB are given in bytes. A line without its end is not trusted.
std::int64_t parse_named_value(std::string_view text, std::string_view name) noexcept;

/// Of /proc/PID/task/TID/status: whether the mask in the line `name` ("SigBlk:", "SigPnd:") has the
/// signal. False if there is no such line, or no mask in it.
bool is_signal_in(std::string_view name, std::string_view text, int signal) noexcept;

/// The system call that /proc/PID/task/TID/syscall says its thread is in; kNotFound: none.
std::int64_t parse_system_call(std::string_view text) noexcept;

struct LoadAverage {
  double minutes_1 = -1, minutes_5 = -1, minutes_15 = -1;
};
LoadAverage parse_load_average(std::string_view text) noexcept;

/// "some avg10" of /proc/pressure/*, percent.
double parse_pressure(std::string_view text) noexcept;

/// A cgroup v2 file with one number. "max", which means no limit, is kNotFound.
std::int64_t parse_cgroup_value(std::string_view text) noexcept;

/// The cgroup v2 path in /proc/PID/cgroup (the line "0::PATH"); a part of `text`. Empty if there is
/// none, or if it lies outside this process's cgroup namespace ("/../…").
std::string_view parse_unified_cgroup(std::string_view text) noexcept;

/// Likewise the cgroup v1 path of the memory controller (the line "5:memory:PATH").
std::string_view parse_memory_cgroup(std::string_view text) noexcept;

}  // namespace dblog::base
