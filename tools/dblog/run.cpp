// dblog run.
#include "tools/dblog/run.hpp"

#include <sys/wait.h>

#include <optional>
#include <system_error>

#include "src/api/stderr_line.hpp"
#include "src/base/signal_name.hpp"
#include "src/run/preload_choice.hpp"
#include "src/run/preload_variables.hpp"
#include "src/run/program_record.hpp"
#include "src/run/program_start.hpp"
#include "src/run/program_wait.hpp"
#include "src/sqlite/database_place.hpp"
#include "tools/dblog/scrub_settings.hpp"

namespace dblog::tool {
namespace {

const char* flag_text(bool is_set) { return is_set ? "1" : ""; }

// What the program is started with: its handlers come by it, unless something is in their way.
run::PreloadChoice environment_for(const std::filesystem::path& program,
                                   const std::filesystem::path& database,
                                   const RunOptions& options) {
  std::error_code failed;
  const auto env_file =
      options.env_file.empty() ? "" : std::filesystem::absolute(options.env_file, failed).string();
  return run::choose_preload(program, run::present_environment(),
                             {{run::kOnlyProcess, run::kIdToCome},
                              {run::kDatabase, database.string()},
                              {run::kRelease, options.release},
                              {run::kEnvironment, options.environment},
                              {run::kEnvFile, env_file},
                              {run::kSlack, flag_text(options.slack)},
                              {run::kEmail, flag_text(options.email)},
                              {run::kChildren, flag_text(options.with_children)},
                              {run::kQuiet, flag_text(options.quiet)}});
}

std::string death_text(const std::string& program, int wait_status, std::int64_t crash) {
  return program + ": " +
         (WIFSIGNALED(wait_status)
              ? "ended by " + std::string(base::signal_name(WTERMSIG(wait_status)))
              : "ended after a crash") +
         ", recorded as crash " + std::to_string(crash);
}

}  // namespace

Outcome not_started(const base::Error& error) {
  const bool is_missing = error.code == base::ErrorCode::not_found;
  return {is_missing ? ExitCode::program_not_found : ExitCode::program_not_run, "", error.text()};
}

// Whatever is wrong with the database, the program runs.
Outcome run(const std::filesystem::path& database, const RunOptions& options) {
  const std::string& name = options.command.front();
  const auto program = run::find_program(name);
  const auto place = sqlite::prepare_database_place(database);
  run::PreloadChoice choice{run::present_environment(), {}};
  std::optional<run::ProgramRecord> record;
  if (place) {
    if (!options.no_handlers) choice = environment_for(program, *place, options);
    record.emplace(*place,
                   run::RecordOptions{options.release, options.environment, options.env_file,
                                      options.slack, options.email},
                   program, options.command);
  }
  run::ProgramWait wait;
  const auto process = run::start_program(options.command, choice.environment);
  if (!process) return not_started(process.error());
  if (!place) {
    api::warn({place.error().text(), "; ", name, " runs without being recorded"});
  } else if (!choice.refusal.empty() && !options.quiet) {
    api::warn({name, " gets no handlers, only its end is recorded: ", choice.refusal});
  }
  if (record) {
    record->note_start(*process);
    const std::string notice = use_scrub_settings(options.env_file, *place);
    if (!notice.empty()) api::warn({notice});
  }
  Outcome outcome;
  outcome.program_status = wait.wait(*process);
  if (!record) return outcome;
  const auto end = record->note_end(*outcome.program_status);
  if (!end) {
    outcome.error = "the end of " + name + " is not recorded: " + end.error().text();
  } else if (end->crash && end->is_news && !options.quiet) {
    outcome.error = death_text(name, *outcome.program_status, *end->crash);
  }
  return outcome;
}

}  // namespace dblog::tool
