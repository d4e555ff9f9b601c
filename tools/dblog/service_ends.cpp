#include "tools/dblog/service_ends.hpp"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dblog::tool {
namespace {

using Properties = std::map<std::string, std::string, std::less<>>;

// In "/sys/fs/cgroup/system.slice/shop.service/worker" that is shop.service.
std::string service_of(const std::filesystem::path& cgroup) {
  constexpr std::string_view kUnitCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";  // systemd.unit(5)
  std::string service;
  for (const std::filesystem::path& part : cgroup) {
    if (part.extension() == ".service") service = part;
  }
  const bool is_unit = service.find_first_not_of(kUnitCharacters) == service.npos;
  return is_unit ? service : std::string{};
}

bool is_of_own_manager(const std::filesystem::path& cgroup) {
  const std::string manager = "user@" + std::to_string(::geteuid()) + ".service";
  return cgroup.native().find('/' + manager + '/') != std::string::npos;
}

// The name has no character that ends the quotes. It begins no option: "--" is before it. The
// programs are the system's, whatever PATH a crashed program had, and get nothing of its variables.
Properties systemctl_show(const std::string& service, bool is_own_manager) {
  const std::string manager =
      is_own_manager ? "XDG_RUNTIME_DIR=/run/user/" + std::to_string(::geteuid()) : std::string{};
  const std::string command =
      "/usr/bin/env -i PATH=/usr/bin:/bin LC_ALL=C " + manager + " timeout 5 systemctl " +
      (is_own_manager ? "--user" : "--system") +
      " show --timestamp=unix --property="
      "Result,ExecMainPID,ExecMainCode,ExecMainStatus,ExecMainStartTimestamp -- '" +
      service + "' 2>/dev/null </dev/null";
  const auto close = [](FILE* stream) { ::pclose(stream); };
  const std::unique_ptr<FILE, decltype(close)> output{::popen(command.c_str(), "re"), close};
  Properties properties;
  char line[256];
  while (output && std::fgets(line, sizeof line, output.get()) != nullptr) {
    const std::string_view text{line};
    const std::size_t equals = text.find('=');
    if (equals == text.npos) continue;
    const std::string_view value = text.substr(equals + 1);
    properties.emplace(text.substr(0, equals), value.substr(0, value.find('\n')));
  }
  return properties;
}

// A time stands as "@1764497341".
std::int64_t number_of(const Properties& properties, std::string_view name) {
  const auto property = properties.find(name);
  if (property == properties.end()) return -1;
  std::string_view text = property->second;
  if (text.starts_with('@')) text.remove_prefix(1);
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : -1;
}

std::optional<recovery::WaitedEnd> end_of(const recovery::BoxContent& box) {
  const std::filesystem::path cgroup = box.identity.facts.hardware_sources.cgroup_directory;
  const std::string service = service_of(cgroup);
  if (service.empty()) return {};
  const Properties properties = systemctl_show(service, is_of_own_manager(cgroup));
  const std::int64_t process = number_of(properties, "ExecMainPID");
  const std::int64_t code = number_of(properties, "ExecMainCode");
  const std::int64_t started = number_of(properties, "ExecMainStartTimestamp");
  if (process != box.identity.process.id || started < 0) return {};
  recovery::WaitedEnd end{box.identity.process.id, started * 1'000'000};
  if (code == CLD_EXITED) return end;
  const std::int64_t signal = number_of(properties, "ExecMainStatus");
  if ((code != CLD_KILLED && code != CLD_DUMPED) || signal < 1 || signal >= NSIG) return {};
  end.signal = static_cast<std::int32_t>(signal);
  const auto result = properties.find("Result");
  end.is_out_of_memory =
      signal == SIGKILL && result != properties.end() && result->second == "oom-kill";
  return end;
}

}  // namespace

recovery::WaitedEnds ends_of_services() { return {0, end_of}; }

}  // namespace dblog::tool
