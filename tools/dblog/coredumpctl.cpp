// What systemd-coredump has of a crash: asked of coredumpctl(1), which is started for it.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/base/descriptor.hpp"
#include "src/run/child_answer.hpp"
#include "tools/dblog/crash_core.hpp"

namespace dblog::tool {
namespace {

using Json = nlohmann::json;

// The row is written before the core.
constexpr std::int64_t kMostSecondsApart = 60;
constexpr std::int64_t kMicroseconds = 1'000'000;

std::string list_of(const char* option, const std::string& match) {
  constexpr std::chrono::seconds kPatience{60};
  const run::ChildAnswer child = run::ask_child(
      [&](int output) {
        const base::Descriptor nowhere{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
        ::dup2(output, STDOUT_FILENO);
        ::dup2(nowhere.number(), STDERR_FILENO);  // "No coredumps found."
        ::execlp("coredumpctl", "coredumpctl", option, "list", match.c_str(), nullptr);
        ::_exit(127);
      },
      kPatience);
  return child.is_whole() ? child.text : "";
}

template <typename T>
T value_of(const Json& entry, const char* name, T otherwise) {
  const auto found = entry.find(name);
  if (found == entry.end() || found->is_null()) return otherwise;
  try {
    return found->get<T>();
  } catch (const Json::exception&) {
    return otherwise;
  }
}

std::int64_t seconds_apart(const Json& entry, const CrashedProcess& process) {
  return std::abs(value_of<std::int64_t>(entry, "time", 0) / kMicroseconds - process.seconds);
}

bool is_of(const Json& entry, const CrashedProcess& process) {
  return entry.is_object() && value_of<std::int64_t>(entry, "pid", 0) == process.process_id &&
         value_of<std::string>(entry, "exe", process.executable) == process.executable &&
         seconds_apart(entry, process) <= kMostSecondsApart;
}

// By the kernel's clock, as a match needs it; the list has the time of the journal's entry. 0: none
// is near.
std::int64_t find_kernel_time(const std::string& match, const CrashedProcess& process) {
  std::istringstream times{list_of("--field=COREDUMP_TIMESTAMP", match)};
  std::int64_t nearest = 0;
  std::int64_t least = kMostSecondsApart + 1;
  for (std::int64_t time = 0; times >> time;) {
    const std::int64_t apart = std::abs(time / kMicroseconds - process.seconds);
    if (apart >= least) continue;
    least = apart;
    nearest = time;
  }
  return nearest;
}

base::Error none(std::string why) { return {base::ErrorCode::not_found, "", std::move(why)}; }

}  // namespace

base::Result<std::vector<std::string>> find_coredumpctl_matches(const CrashedProcess& process) {
  const std::string match = "COREDUMP_PID=" + std::to_string(process.process_id);
  const Json list = Json::parse(list_of("--json=short", match), nullptr, false);
  const Json* found = nullptr;
  if (list.is_array()) {
    for (const Json& entry : list) {
      const bool is_nearer =
          is_of(entry, process) &&
          (found == nullptr || seconds_apart(entry, process) < seconds_apart(*found, process));
      if (is_nearer) found = &entry;
    }
  }
  if (found == nullptr) {
    return none(
        "coredumpctl (of systemd 248 or later) knows no core of its process; users see their own "
        "only, and old ones are removed (coredump.conf(5))");
  }
  const auto state = value_of<std::string>(*found, "corefile", "present");
  if (state != "present" && state != "truncated" && state != "journal") {
    return none("coredumpctl says that its core is " + state +
                "; how long cores are kept, and how large they may be, is in coredump.conf(5)");
  }
  std::vector<std::string> matches{match, "COREDUMP_EXE=" + process.executable};
  const std::int64_t time = find_kernel_time(match, process);
  if (time != 0) matches.push_back("COREDUMP_TIMESTAMP=" + std::to_string(time));
  return matches;
}

}  // namespace dblog::tool
