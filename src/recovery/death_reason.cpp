#include "src/recovery/death_reason.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "dblog/event.hpp"
#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"
#include "src/base/program_path.hpp"
#include "src/base/signal_name.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::recovery {

namespace {

constexpr double kBytesPerMib = 1024.0 * 1024.0;

std::string rounded(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 && part >= 0 ? static_cast<double>(part) / static_cast<double>(whole) : -1.0;
}

// What the last look said, where it points to the out-of-memory killer. Empty: it does not.
std::string memory_shortage(const BoxContent& box) {
  if (!box.record.has_hardware) return {};
  constexpr double kFull = 0.9;
  constexpr double kScarce = 0.05;
  constexpr double kHighPressure = 10.0;  // percent of the time in which some task waited
  const base::HardwareSample& sample = box.record.hardware;
  const double used = share(sample.cgroup_memory_current, sample.cgroup_memory_max);
  if (used >= kFull) {
    return rounded(100 * used, "%.0f %% of the control group's limit was in use");
  }
  const double free = share(sample.memory_available, sample.memory_total);
  if (free >= 0 && free < kScarce) {
    return rounded(100 * free, "%.1f %% of the machine's memory was available");
  }
  if (sample.pressure_memory >= kHighPressure) {
    return rounded(sample.pressure_memory, "tasks waited for it %.0f %% of the time");
  }
  return {};
}

bool was_out_of_memory(const BoxContent& box, const Evidence& evidence) {
  return box.identity.oom_kills >= 0 && evidence.oom_kills > box.identity.oom_kills;
}

std::string last_look(const base::HardwareSample& sample) {
  std::string text = "at the last look:";
  if (sample.rss_bytes >= 0) {
    text += rounded(static_cast<double>(sample.rss_bytes) / kBytesPerMib, " %.1f MiB of memory,");
  }
  if (sample.memory_available >= 0) {
    text += rounded(static_cast<double>(sample.memory_available) / kBytesPerMib,
                    " %.0f MiB available on the machine,");
  }
  if (sample.uptime_seconds >= 0) text += rounded(sample.uptime_seconds, " up for %.0f s,");
  text.pop_back();
  return text;
}

// 0: there is none.
std::int64_t last_breadcrumb_of(const crash::CrashRecord& record) {
  return record.breadcrumb_count == 0
             ? 0
             : record.breadcrumbs[record.breadcrumb_count - 1].utc_microseconds;
}

std::string cause_text(const BoxContent& box, schema::Cause cause, const Evidence& evidence) {
  switch (cause) {
    case schema::Cause::machine_stopped:
      return "the machine was shut down, restarted or lost power while the program ran";
    case schema::Cause::signal:
      return std::string{"killed by "} + base::signal_name(killing_signal(box, evidence)) +
             (killing_signal(box, evidence) == SIGKILL ? ", which no program can handle"
                                                       : ", which the program does not handle");
    case schema::Cause::out_of_memory:
      if (evidence.is_in_kernel_log) {
        return "killed by the out-of-memory killer, as the kernel's log has it";
      }
      if (evidence.is_memory_known) {
        return "killed by the out-of-memory killer, as the service manager has it";
      }
      return "killed, most likely by the out-of-memory killer, which has struck in its control "
             "group";
    case schema::Cause::memory_short:
      return "killed, cause unknown; memory was short: " + memory_shortage(box);
    case schema::Cause::unmarked:
      return "ended without a mark: by an exit, exec() or a signal, or killed; it is not known "
             "which\nsuch ends of this program do not come to dblog (InstallReport::missing)";
    default:
      return "killed, cause unknown\n"
             "SIGKILL, real-time signals, faults whose handler the program replaced, and ends past "
             "the C library leave no other trace";
  }
}

// As the kernel has it; empty, with errno: none, or not ours to see.
std::string executable_of(std::int64_t process) {
  char path[PATH_MAX];
  const std::string link = "/proc/" + std::to_string(process) + "/exe";
  const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "";
}

// `dblog run` leaves its program a zombie until it has recorded the end, which it knows best.
bool is_waited_for_by_the_tool(int zombie) {
  char text[4'096];
  base::PathText path;
  path.add("/proc/").add_number(zombie).add("/status");
  const std::int64_t parent =
      base::parse_named_value(base::read_small_file(path.c_str(), text, sizeof text), "PPid");
  if (parent <= 0 || parent == ::getpid()) return false;
  std::string tool = executable_of(parent);
  tool.resize(base::size_without_deleted(tool.c_str()));
  return tool.ends_with("/dblog");
}

}  // namespace

Evidence gather_evidence(const process::ProcessIdentity& recorded, const char* executable,
                         const char* cgroup_directory) {
  Evidence evidence{process::identity_of(recorded.id), {}, base::count_oom_kills(cgroup_directory)};
  evidence.executable = executable_of(recorded.id);
  if (!evidence.executable.empty()) return evidence;
  const bool is_zombie = errno == ENOENT;  // dead, and not waited for yet
  if (is_zombie && !is_waited_for_by_the_tool(recorded.id)) {
    evidence.process.start_ticks = -1;
  } else {
    evidence.executable = executable;  // left alone
  }
  return evidence;
}

// What is recorded is the program; what /proc says is what was started, which is the loader for
// a program that was started through it, and has bytes where the record has their text.
bool is_same_program(const std::string& started, const char* recorded) {
  const std::size_t slash = started.rfind('/');
  const std::string name = started.substr(slash == std::string::npos ? 0 : slash + 1);
  if (started == recorded || name.starts_with("ld-") || name.starts_with("ld64")) return true;
  char text[PATH_MAX];
  base::TextBuffer{text}.path(started.substr(0, base::size_without_deleted(started.c_str())));
  return std::strcmp(text, recorded) == 0;
}

Fate fate_of(const process::ProcessIdentity& recorded, const char* executable,
             const Evidence& evidence) {
  if (!process::is_same_process(recorded, evidence.process)) return Fate::died;
  // The program that looks replaced itself by exec(): the box is its former self's.
  if (recorded.id == ::getpid()) return Fate::became_other;
  return is_same_program(evidence.executable, executable) ? Fate::lives : Fate::became_other;
}

schema::Cause cause_of_death(const BoxContent& box, const Evidence& evidence) {
  const crash::BlackBox::Identity& identity = box.identity;
  if (!process::is_same_boot(identity.process, evidence.process))
    return schema::Cause::machine_stopped;
  if (box.fatal_signal > 0 && box.fatal_signal < NSIG) return schema::Cause::signal;
  const bool may_be_for_memory = evidence.waited_signal == 0 || evidence.waited_signal == SIGKILL;
  if (may_be_for_memory &&
      (evidence.is_in_kernel_log || evidence.is_memory_known || was_out_of_memory(box, evidence)))
    return schema::Cause::out_of_memory;
  if (may_be_for_memory && !memory_shortage(box).empty()) return schema::Cause::memory_short;
  if (evidence.waited_signal != 0) return schema::Cause::signal;
  const bool marks_ends = identity.facts.marks_ends && !box.has_unmarked_ends;
  return marks_ends ? schema::Cause::unknown : schema::Cause::unmarked;
}

std::int32_t killing_signal(const BoxContent& box, const Evidence& evidence) {
  return evidence.waited_signal != 0 ? evidence.waited_signal : box.fatal_signal;
}

std::int64_t last_sign_of_life(const BoxContent& box) {
  return std::max({box.last_seen_utc_microseconds, box.sampled_utc_microseconds,
                   last_breadcrumb_of(box.record)});
}

std::string death_reason(const BoxContent& box, schema::Cause cause, const Evidence& evidence) {
  const auto date = [](std::int64_t utc_microseconds) {
    return local_date_text(Timestamp{std::chrono::microseconds{utc_microseconds}});
  };
  return cause_text(box, cause, evidence) +
         (box.record.has_hardware ? '\n' + last_look(box.record.hardware) : std::string{}) +
         "\nstarted: " + date(box.identity.installed_utc_microseconds) +
         "\nlast sign of life (start, a row logged, a breadcrumb): " +
         date(last_sign_of_life(box)) +
         (box.sampled_utc_microseconds > 0
              ? "\nlast look at the hardware: " + date(box.sampled_utc_microseconds)
              : std::string{}) +
         "\nfound gone: " + local_date_text(now());
}

}  // namespace dblog::recovery
