#include "tools/dblog/gdb.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <climits>
#include <system_error>

#include "src/api/stderr_line.hpp"
#include "src/run/child_answer.hpp"
#include "src/run/program_start.hpp"
#include "src/run/program_wait.hpp"
#include "src/symbols/module_search.hpp"
#include "tools/dblog/core_pattern.hpp"
#include "tools/dblog/crash_core.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/run.hpp"
#include "tools/dblog/symbol_settings.hpp"

namespace dblog::tool {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  return ::gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "";
}

std::string name_of(const CrashedProcess& process) {
  return "crash " + std::to_string(process.crash);
}

Outcome no_core(const CrashedProcess& process, const std::string& why) {
  return {ExitCode::not_everything, "", name_of(process) + ": " + why};
}

// For a shell.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=/.,:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + '\'';
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

// In the foreground, as if it stood in the place of the tool.
Outcome start(const std::vector<std::string>& command, bool is_only_printed) {
  if (is_only_printed) return {ExitCode::done, escape_line(joined(command)) + '\n', ""};
  run::ProgramWait wait;
  const auto process = run::start_program(command, run::present_environment());
  if (!process) return not_started(process.error());
  Outcome outcome;
  outcome.program_status = wait.wait(*process);
  return outcome;
}

// The file of the build that crashed: where it was, or in the directories with debug files.
std::string program_of_build(const CrashedProcess& process, const std::string& env_file) {
  constexpr std::chrono::seconds kPatience{10};
  const SymbolSettings settings = load_symbol_settings(env_file);
  const run::ChildAnswer child = run::ask_child(
      [&](int output) {
        symbols::Misfits misfits;
        const auto file = symbols::find_module_file(
            {process.executable, process.build_id, std::nullopt},
            symbols::with_usual_directories({settings.debug_directories, {}}), misfits);
        if (file) run::answer(output, file->path());
      },
      kPatience);
  return child.is_whole() ? child.text : "";
}

Outcome open_file(const CrashedProcess& process, const fs::path& core, const GdbOptions& options) {
  std::string program;
  if (!process.build_id.empty()) {
    program = program_of_build(process, options.env_file);
    if (program.empty()) {
      api::warn({process.executable, " is not the program that crashed (build id ",
                 process.build_id,
                 "), gdb may show wrong names; keep each build, and name its directory in "
                 "debug_dirs"});
    }
  }
  if (program.empty()) program = process.executable;
  std::vector<std::string> command{"gdb"};
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  command.push_back(program);
  command.push_back(core.string());
  return start(command, options.print);
}

Outcome open_by_coredumpctl(const CrashedProcess& process, const GdbOptions& options) {
  const auto matches = find_coredumpctl_matches(process);
  if (!matches) return no_core(process, matches.error().why);
  std::vector<std::string> command{"coredumpctl", "gdb"};
  if (!options.arguments.empty()) {
    command.push_back("--debugger-arguments=" + joined(options.arguments));
  }
  command.insert(command.end(), matches->begin(), matches->end());
  return start(command, options.print);
}

Outcome open_named(const CrashedProcess& process, const GdbOptions& options) {
  std::error_code failed;
  const fs::path core = fs::absolute(options.core, failed);
  const std::string refusal = refusal_of_core(core, process);
  if (!refusal.empty()) return no_core(process, core.string() + ' ' + refusal);
  return open_file(process, core, options);
}

Outcome open_kept(const CrashedProcess& process, const GdbOptions& options) {
  if (!process.host.empty() && process.host != host_name()) {
    return no_core(process, "was on the host " + process.host +
                                ", and so is its core; copy it here, and name it with --core");
  }
  const CorePattern pattern = present_core_pattern();
  switch (pattern.keeper) {
    case CoreKeeper::systemd_coredump:
      return open_by_coredumpctl(process, options);
    case CoreKeeper::other_program:
      return no_core(process, "cores go to " + pattern.program +
                                  " here (/proc/sys/kernel/core_pattern), which dblog cannot ask; "
                                  "name the core with --core");
    case CoreKeeper::nothing:
      return no_core(process,
                     "no cores are kept here: /proc/sys/kernel/core_pattern is empty; 'sysctl "
                     "kernel.core_pattern=core' has them written into the working directory");
    case CoreKeeper::file:
      break;
  }
  const auto core = find_core_file(pattern, process);
  if (!core) return no_core(process, core.error().why);
  return open_file(process, *core, options);
}

}  // namespace

Outcome gdb(const fs::path& database, const GdbOptions& options) {
  if (!may_be_entry_id(options.id)) return no_entry_id(options.id);
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure(reader.error());
  const auto entry = find_entry_id(*reader, options.id);
  if (!entry) return group_failure(entry.error());
  const auto details = reader->core(*entry);
  if (!details) return query_failure(details.error());
  if (!details->entry.is_crash)
    return usage_failure(options.id + ": is no crash, so it has no core");
  const CrashedProcess process = crashed_process(*details);
  if (process.process_id <= 0 || !process.executable.starts_with('/')) {
    return no_core(process, "its process and program are not recorded");
  }
  return options.core.empty() ? open_kept(process, options) : open_named(process, options);
}

}  // namespace dblog::tool
