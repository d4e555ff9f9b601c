#include "src/event/process_row.hpp"

#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <memory>

#include "src/base/fnv1a.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/proc_files.hpp"
#include "src/base/program_path.hpp"
#include "src/base/text_buffer.hpp"
#include "src/event/host_name.hpp"
#include "src/event/program_environment.hpp"
#include "src/event/program_release.hpp"
#include "src/process/own_uuid.hpp"
#include "src/process/per_process.hpp"
#include "src/process/process_identity.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::event {
namespace {

constinit process::PerProcess<store::ProcessRow> row_of_process;

std::string small_file(const char* path) {
  std::array<char, 4'096> bytes;
  return std::string(base::read_small_file(path, bytes.data(), bytes.size()));
}

// systemd asks not to show the id itself: machine-id(5).
std::string hash_of_machine_id() {
  const std::string id = small_file("/etc/machine-id");
  if (id.empty()) return "";
  char text[20];
  base::TextBuffer{text}.hex(base::Fnv1a{}.add(id).value());
  return text;
}

// To the hundredth of a second, as the kernel keeps it.
std::int64_t started_utc_microseconds() noexcept {
  const std::int64_t ticks = process::identity_of(::getpid()).start_ticks;
  const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
  if (ticks < 0 || ticks_per_second <= 0) return 0;
  constexpr std::int64_t kMicroseconds = 1'000'000;
  const std::int64_t since_boot = ticks * (kMicroseconds / ticks_per_second);
  const std::int64_t age = base::nanoseconds_of(CLOCK_BOOTTIME) / 1'000 - since_boot;
  return base::nanoseconds_of(CLOCK_REALTIME) / 1'000 - age;
}

std::string working_directory() {
  std::array<char, PATH_MAX> path{};
  return ::getcwd(path.data(), path.size()) != nullptr ? path.data() : "";
}

std::string kernel() {
  utsname name{};
  if (::uname(&name) != 0) return "";
  return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
}

// What bytes lead back to the file, as in `crashes`.
std::string executable() {
  char program[PATH_MAX];
  base::read_program_path(program);
  std::array<char, PATH_MAX> text{};
  base::TextBuffer{text.data(), text.size()}.path(program);
  return text.data();
}

store::ProcessRow gather() {
  store::ProcessRow row;
  row.uuid = process::own_uuid();
  row.host = host_name();
  row.machine_id = hash_of_machine_id();
  row.executable = executable();
  row.command_line = command_line_without_values(small_file("/proc/self/cmdline"));
  row.directory = working_directory();
  row.user_id = ::getuid();
  row.process_id = ::getpid();
  row.kernel = kernel();
  row.distribution = distribution_of(small_file("/etc/os-release"));
  row.started_utc_microseconds = started_utc_microseconds();
  return row;
}

}  // namespace

store::ProcessRow own_process_row() {
  store::ProcessRow row = row_of_process.get_or_make(
      [](store::ProcessRow*) { return std::make_unique<store::ProcessRow>(gather()); });
  row.release = program_release();
  row.environment = program_environment();
  return row;
}

std::int64_t own_process_id() noexcept { return base::short_id_of(process::own_uuid()); }

std::string command_line_without_values(std::string_view cmdline) {
  constexpr std::string_view kLeftOut = "…";
  constexpr std::string_view kOfNames =
      "-_.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string line;
  bool is_first = true, has_options = true;
  while (!cmdline.empty()) {
    const std::size_t end = std::min(cmdline.find('\0'), cmdline.size());
    const std::string_view argument = cmdline.substr(0, end);
    cmdline.remove_prefix(std::min(end + 1, cmdline.size()));
    std::string shown;
    if (is_first) {
      shown = text::one_line(argument, kMaxCommandLine / 2);
    } else if (has_options && argument == "--") {
      has_options = false;
      shown = argument;
    } else if (has_options && argument.starts_with("--")) {
      constexpr std::size_t kLongName = 64;
      // What is not a name is a value, whatever it begins with: "--header: Authorization …".
      const std::size_t name_end = std::min(argument.find_first_not_of(kOfNames), argument.size());
      shown = text::one_line(argument.substr(0, name_end), kLongName);
      if (name_end < argument.size())
        shown.append(argument[name_end] == '=' ? "=" : "").append(kLeftOut);
    } else if (has_options && argument.starts_with('-') && argument.size() > 1) {
      const bool is_whole = argument.size() == 2;
      shown = text::one_line(argument.substr(0, 2), 2);
      if (!is_whole) shown.append(kLeftOut);
    } else {
      shown = kLeftOut;
    }
    if (line.size() + 1 + shown.size() > kMaxCommandLine - kLeftOut.size() - 1) {
      return line.append(" ").append(kLeftOut);
    }
    if (!is_first) line += ' ';
    line += shown;
    is_first = false;
  }
  return line;
}

std::string distribution_of(std::string_view os_release) {
  constexpr std::string_view kKey = "PRETTY_NAME=";
  while (!os_release.empty()) {
    const std::size_t end = std::min(os_release.find('\n'), os_release.size());
    std::string_view line = os_release.substr(0, end);
    os_release.remove_prefix(std::min(end + 1, os_release.size()));
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    const bool is_quoted = line.size() >= 2 && (line.front() == '"' || line.front() == '\'') &&
                           line.back() == line.front();
    if (is_quoted) line = line.substr(1, line.size() - 2);
    constexpr std::size_t kMostCharacters = 100;
    return text::one_line(line, kMostCharacters);
  }
  return "";
}

}  // namespace dblog::event
