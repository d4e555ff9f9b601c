#include "tools/dblog/doctor_trial.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include "src/base/signal_name.hpp"
#include "src/process/signal_block.hpp"
#include "src/reader/reader.hpp"
#include "src/recovery/waiting_files.hpp"
#include "src/run/crash_trial.hpp"
#include "tools/dblog/counted_text.hpp"

namespace dblog::tool {
namespace {

namespace fs = std::filesystem;

/// Where the trial's files are, for as long as this object lives.
class TrialDirectory {
 public:
  explicit TrialDirectory(const fs::path& parent) : path_((parent / ".dblog-XXXXXX").native()) {
    error_ = ::mkdtemp(path_.data()) != nullptr ? 0 : errno;
  }
  ~TrialDirectory() {
    std::error_code failed;
    if (error_ == 0) fs::remove_all(path_, failed);
  }
  TrialDirectory(const TrialDirectory&) = delete;
  TrialDirectory& operator=(const TrialDirectory&) = delete;

  [[nodiscard]] int error() const noexcept { return error_; }
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_;
  int error_;
};

std::string time_text(std::int64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(nanoseconds) / 1e6);
  return text;
}

std::string end_text(const run::CrashTrial& trial) {
  if (trial.was_killed) return "hung for ten seconds";
  if (WIFSIGNALED(trial.wait_status)) {
    return "died by " + std::string{base::signal_name(WTERMSIG(trial.wait_status))};
  }
  return "exited with " + std::to_string(WEXITSTATUS(trial.wait_status));
}

// The row of the trial's crash; empty if there is none.
std::string row_text(const run::CrashTrial& trial, const fs::path& database) {
  auto reader = reader::Reader::open(database);
  if (!reader) return "";
  const auto crashes = reader->newest({.table = reader::kCrashTable, .limit = 1});
  if (!crashes || crashes->empty()) return "";
  const auto details = reader->core(crashes->front().id);
  if (!details || details->entry.row.integer("pid") != trial.process) return "";
  return details->entry.row.text("signal_name").value_or("a crash") + " with " +
         counted(static_cast<std::int64_t>(details->frames.size()), "frame") + " on the stack";
}

Check judge(const run::CrashTrial& trial, const fs::path& database) {
  const bool died_as_it_should =
      WIFSIGNALED(trial.wait_status) && WTERMSIG(trial.wait_status) == SIGSEGV;
  const std::string row = row_text(trial, database);
  Check check{"crash on trial", CheckState::problem, {}};
  if (!row.empty() && died_as_it_should) {
    check.state = CheckState::ok;
    check.found = "recorded: " + row + ", " + time_text(trial.nanoseconds) +
                  " from the fault to the end of the process";
  } else if (!row.empty()) {
    check.found = "recorded: " + row + ", but its process " + end_text(trial);
  } else if (recovery::find_waiting_files(database).boxes > 0) {
    check.state = CheckState::warning;
    check.found = "only in the black box; the next start makes the row";
  } else {
    check.found = "not recorded; the process " + end_text(trial);
  }
  return check;
}

// What concerns the program's own way of linking, or is looked at by another check.
bool is_of_place(const std::string& what) {
  return what == "database" || what == "black box" || what == "handlers" ||
         what == "blocked faults" || what == "stack overflow" || what.starts_with("SIG");
}

}  // namespace

Checks try_crash_at(const fs::path& database, const std::string& env_file) {
  // One that ends this process waits until the directory is gone.
  const process::ScopedSignalBlock blocked{process::all_but_faults(), process::WriteSignals::stay};
  std::error_code failed;
  const TrialDirectory directory{fs::absolute(database, failed).parent_path()};
  if (directory.error() != 0) {
    return {{"crash on trial", CheckState::problem,
             "not tried: no directory can be made beside the database: " +
                 std::generic_category().message(directory.error())}};
  }
  const fs::path own = directory.path() / "LOGS.db";
  const run::CrashTrial trial = run::try_crash(own, env_file);
  if (!trial.obstacle.empty()) {
    return {{"crash on trial", CheckState::warning, "not tried: no process: " + trial.obstacle}};
  }
  Checks checks{judge(trial, own)};
  for (const auto& [what, why] : trial.missing) {
    if (!is_of_place(what)) continue;
    std::string found = what;
    checks.push_back({"handlers", CheckState::warning, found.append(": ").append(why)});
  }
  return checks;
}

}  // namespace dblog::tool
