#include "tools/dblog/doctor_system.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "src/api/tool_search.hpp"
#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"
#include "src/config/settings.hpp"
#include "src/notify/setup_check.hpp"
#include "tools/dblog/core_pattern.hpp"
#include "tools/dblog/counted_text.hpp"

namespace dblog::tool {
namespace {

// The lines about settings have the errors already.
Check check_channel(const char* name, const notify::SetupCheck& setup) {
  switch (setup.setup) {
    case notify::Setup::ready:
      return {name, CheckState::ok, "configured; 'dblog test-notify' sends a message"};
    case notify::Setup::absent:
      return {name, CheckState::ok, "not configured: " + setup.why};
    case notify::Setup::at_fault:
      break;
  }
  return {name, CheckState::problem, setup.beside.empty() ? setup.why : setup.beside};
}

Check check_helper() {
  const api::ToolSearch search = api::find_tool();
  if (search.tool.empty()) return {"helper", CheckState::warning, search.refusal};
  return {"helper", search.refusal.empty() ? CheckState::ok : CheckState::warning,
          search.refusal.empty() ? search.tool.string() + " names frames and sends messages"
                                 : search.refusal};
}

struct Limit {
  int resource;
  const char* name;
  rlim_t least;
  bool is_of_bytes;
};

// A crash's handler reserves about 10 MB of address space, and opens some ten files.
Check check_limits() {
  constexpr Limit kLimits[] = {{RLIMIT_NOFILE, "open files", 64, false},
                               {RLIMIT_AS, "address space", 256'000'000, true},
                               {RLIMIT_STACK, "stack", 256'000, true}};
  Check check{"limits", CheckState::ok, {}};
  for (const Limit& each : kLimits) {
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(each.resource), &limit) != 0) continue;
    const bool is_unlimited = limit.rlim_cur == RLIM_INFINITY;
    const auto value = static_cast<std::int64_t>(limit.rlim_cur);
    check.found += (check.found.empty() ? "" : ", ") + std::string{each.name} + ' ' +
                   (is_unlimited       ? "unlimited"
                    : each.is_of_bytes ? megabytes(value)
                                       : std::to_string(value));
    if (is_unlimited || limit.rlim_cur >= each.least) continue;
    check.state = CheckState::warning;
    check.advice = "Raise what is low (ulimit -n, -v, -s)";
  }
  return check;
}

Check check_cores() {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  const CorePattern pattern = present_core_pattern();
  std::string found;
  switch (pattern.keeper) {
    case CoreKeeper::nothing:
      found = "none are kept (core_pattern is empty)";
      break;
    case CoreKeeper::systemd_coredump:
      found = "systemd-coredump keeps them; 'dblog gdb ID' opens that of a crash";
      break;
    case CoreKeeper::other_program:
      found = "go to " + pattern.program + "; dblog hands each signal on to it";
      break;
    case CoreKeeper::file:
      found = limit.rlim_cur == 0 ? "none are kept (ulimit -c is 0); dblog needs none"
                                  : "go to files (core_pattern " + pattern.pattern +
                                        "); 'dblog gdb ID' opens that of a crash";
  }
  return {"core files", CheckState::ok, std::move(found)};
}

// The crash on trial has met the same.
Check check_confinement() {
  std::array<char, 4'096> buffer;
  const std::string status{
      base::read_small_file("/proc/self/status", buffer.data(), buffer.size())};
  std::string found;
  const auto add = [&found](std::string_view text) {
    found.append(found.empty() ? "" : ", ").append(text);
  };
  if (::access("/run/.containerenv", F_OK) == 0 || ::access("/.dockerenv", F_OK) == 0) {
    add("in a container: a program that is its first process starts no helper");
  }
  if (base::parse_named_value(status, "Seccomp") > 0) add("system calls are filtered (seccomp)");
  if (base::parse_named_value(status, "NoNewPrivs") > 0) add("no new privileges");
  return {"confinement", CheckState::ok, found.empty() ? "none" : found};
}

}  // namespace

Checks check_settings(const std::string& env_file) {
  const config::LoadedSettings loaded = config::load_settings(env_file);
  Checks checks;
  for (const config::SettingError& error : loaded.errors) {
    const bool is_lost = loaded.env_file_refused && error.key.empty();
    checks.push_back(
        {"settings", is_lost ? CheckState::problem : CheckState::warning, error.text()});
  }
  if (checks.empty()) {
    checks.push_back({"settings", CheckState::ok,
                      loaded.env_file_found ? loaded.env_file.string()
                                            : "no file; those of the environment, and defaults"});
  }
  checks.push_back(
      check_channel("slack", notify::check_slack_setup(loaded.settings, loaded.errors)));
  checks.push_back(
      check_channel("email", notify::check_mail_setup(loaded.settings, loaded.errors)));
  return checks;
}

Checks check_system() {
  return {check_helper(), check_limits(), check_cores(), check_confinement()};
}

}  // namespace dblog::tool
