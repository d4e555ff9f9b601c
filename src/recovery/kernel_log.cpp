// Format: Documentation/ABI/testing/dev-kmsg and __oom_kill_process() in mm/oom_kill.c of the
// kernel.
#include "src/recovery/kernel_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "src/base/monotonic_clock.hpp"

namespace dblog::recovery {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

std::optional<std::int64_t> number_at(std::string_view& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

bool skip(std::string_view& text, std::string_view part) {
  const std::size_t at = text.find(part);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + part.size());
  return true;
}

// PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h.
bool is_in_first_pid_namespace() {
  constexpr ino_t kFirst = 0xEFFFFFFC;
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == kFirst;
}

// Each read() gives one record; EPIPE: some were overwritten before they were read.
template <typename Visit>
void each_record(int log, const Visit& visit) {
  constexpr int kMostRecords = 200'000;  // a log of 16 MiB has fewer
  char record[8192];
  for (int i = 0; i < kMostRecords; ++i) {
    const ssize_t size = ::read(log, record, sizeof record);
    if (size > 0 && visit(std::string_view{record, static_cast<std::size_t>(size)})) return;
    if (size == 0 || (size < 0 && errno != EPIPE && errno != EINTR)) return;
  }
}

}  // namespace

std::optional<MemoryKill> parse_memory_kill(std::string_view record) {
  if (!skip(record, ",") || !skip(record, ",")) return std::nullopt;  // level and number
  const auto time = number_at(record);
  if (!time || !skip(record, ";")) return std::nullopt;
  const bool is_one =
      record.starts_with("Out of memory") || record.starts_with("Memory cgroup out of memory");
  if (!is_one || !skip(record, ": Killed process ")) return std::nullopt;
  const auto process = number_at(record);
  if (!process || !record.starts_with(" (")) return std::nullopt;
  record.remove_prefix(2);
  // A name may have parentheses itself; what follows it has none.
  const std::size_t end = record.find(") total-vm");
  if (end == std::string_view::npos) return std::nullopt;
  return MemoryKill{static_cast<pid_t>(*process), std::string{record.substr(0, end)}, *time};
}

bool is_about(const MemoryKill& kill, const process::ProcessIdentity& process,
              std::optional<std::string_view> executable, std::int64_t suspended_microseconds) {
  constexpr std::size_t kNameBytes = 15;  // TASK_COMM_LEN of the kernel, without the NUL
  const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
  const bool is_named =
      !executable ||
      kill.name == executable->substr(executable->rfind('/') + 1).substr(0, kNameBytes);
  if (kill.process != process.id || !is_named || ticks_per_second <= 0) return false;
  // In the clock of the log, at the earliest: not all of the time that the machine was suspended
  // need lie before the start. Ticks are cut down.
  const std::int64_t started = process.start_ticks * kMicrosecondsPerSecond / ticks_per_second;
  return process.start_ticks >= 0 && kill.microseconds >= started - suspended_microseconds;
}

bool was_killed_for_memory(const process::ProcessIdentity& process,
                           std::optional<std::string_view> executable) {
  if (!is_in_first_pid_namespace()) return false;
  const int log = ::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (log < 0) return false;
  const std::int64_t suspended =
      (base::nanoseconds_of(CLOCK_BOOTTIME) - base::monotonic_nanoseconds()) / 1'000;
  bool is_found = false;
  each_record(log, [&](std::string_view record) {
    const auto kill = parse_memory_kill(record);
    is_found = kill && is_about(*kill, process, executable, suspended);
    return is_found;
  });
  ::close(log);
  return is_found;
}

}  // namespace dblog::recovery
