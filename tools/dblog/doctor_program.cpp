#include "tools/dblog/doctor_program.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>

#include "dblog/handlers.hpp"
#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"
#include "src/base/signal_name.hpp"
#include "src/recovery/dead_file.hpp"
#include "src/run/dblog_inside.hpp"
#include "src/run/loader_check.hpp"
#include "src/run/preload_choice.hpp"
#include "src/run/program_start.hpp"
#include "tools/dblog/doctor_debug_info.hpp"

namespace dblog::tool {
namespace {

namespace fs = std::filesystem;

Check check_handlers_of(const fs::path& program) {
  Check check{"program", CheckState::ok, program.string()};
  const run::ProgramFile file = run::look_at_program(program);
  if (run::has_dblog_inside(file.file)) {
    check.found +=
        ": has a copy of dblog: its crashes are recorded once it calls "
        "install_handlers()";
    return check;
  }
  const run::PreloadChoice choice = run::choose_preload(program, run::present_environment(), {});
  if (choice.refusal.empty()) {
    check.found += ": has no dblog; 'dblog run' gives it handlers";
  } else if (choice.is_linked) {
    check.found +=
        ": is linked with dblog: its crashes are recorded once it calls "
        "install_handlers()";
  } else {
    check.state = CheckState::problem;
    check.found += ": has no dblog, and 'dblog run' cannot give it handlers: " + choice.refusal;
    check.advice = "'dblog run' still records that it was killed, and by which signal";
  }
  return check;
}

std::string link_of(const fs::path& link) {
  std::error_code failed;
  return fs::read_symlink(link, failed).string();
}

// The files that the process has mapped.
std::set<std::string> mapped_files(const std::string& directory) {
  std::ifstream mappings{directory + "/maps"};
  std::set<std::string> files;
  for (std::string line; std::getline(mappings, line);) {
    const std::size_t name = line.find('/');
    if (name != std::string::npos) files.insert(line.substr(name));
  }
  return files;
}

// By which way the process has dblog; empty: it does not.
std::string dblog_in(const std::string& directory) {
  for (const std::string& file : mapped_files(directory)) {
    if (fs::path{file}.filename().native().starts_with("libdblog")) return file;
  }
  return run::has_dblog_inside(directory + "/exe") ? "a copy in the program itself" : "";
}

struct Handled {
  std::string caught;
  std::string left_alone;
};

Handled crash_signals(const std::string& status) {
  Handled signals;
  for (const int signal : HandlerOptions{}.signals) {
    std::string& names =
        base::is_signal_in("SigCgt:", status, signal) ? signals.caught : signals.left_alone;
    names += (names.empty() ? "" : ", ") + std::string{base::signal_name(signal)};
  }
  return signals;
}

std::string sidecar_of(pid_t process, const fs::path& database) {
  std::error_code failed;
  const recovery::SidecarFiles files{fs::absolute(database, failed)};
  const auto boxes = files.with("-box-" + std::to_string(process) + '-');
  return boxes.empty() ? "" : boxes.front().filename().string();
}

Check check_signals(pid_t process, const std::string& status, const std::string& directory,
                    const fs::path& database) {
  Check check{"signals", CheckState::problem, {}};
  const std::string way = dblog_in(directory);
  const Handled signals = crash_signals(status);
  const std::string box = sidecar_of(process, database);
  if (way.empty()) {
    check.found =
        "it has no dblog; " + (signals.caught.empty() ? "its crash signals are not handled"
                                                      : "others handle " + signals.caught);
    check.advice = "Link it with dblog and call install_handlers(), or start it by 'dblog run'";
  } else if (signals.caught.empty()) {
    check.found = "it has dblog (" + way + "), whose handlers are not installed";
    check.advice = "Call install_handlers() at its start";
  } else if (box.empty()) {
    check.state = CheckState::warning;
    check.found = "it has dblog (" + way + ") and handles " + signals.caught +
                  ", but has no black box beside this database";
    check.advice =
        "Name the database that the program uses with --db; check_handlers() tells why "
        "there is no box";
  } else {
    check.state = signals.left_alone.empty() ? CheckState::ok : CheckState::warning;
    check.found =
        "it has dblog (" + way + ") and handles " + signals.caught + "; its box is " + box;
    if (!signals.left_alone.empty()) check.found += "; not handled: " + signals.left_alone;
  }
  return check;
}

}  // namespace

Checks check_program(const std::string& name, const std::string& env_file) {
  std::error_code failed;
  const fs::path program = fs::canonical(run::find_program(name), failed);
  if (failed || ::access(program.c_str(), X_OK) != 0) {
    return {{"program", CheckState::problem, name + ": no such program",
             "Name it as a shell would find it"}};
  }
  return {check_handlers_of(program),
          check_debug_info(run::look_at_program(program).file, env_file)};
}

Checks check_process(pid_t process, const fs::path& database, const std::string& env_file) {
  const std::string directory = "/proc/" + std::to_string(process);
  std::array<char, 4'096> buffer;
  const std::string status{
      base::read_small_file((directory + "/status").c_str(), buffer.data(), buffer.size())};
  if (status.empty()) {
    return {{"process", CheckState::problem, "no process " + std::to_string(process) + " here"}};
  }
  const std::string program = link_of(directory + "/exe");
  if (program.empty()) {
    return {{"process", CheckState::problem,
             "process " + std::to_string(process) + " cannot be looked at by this user",
             "Run as its user, or as root"}};
  }
  return {{"process", CheckState::ok, std::to_string(process) + ": " + program},
          check_signals(process, status, directory, database),
          check_debug_info(program, env_file)};
}

}  // namespace dblog::tool
