#include "tools/dblog/command_line.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "dblog/version.hpp"
#include "tools/dblog/scrub_settings.hpp"
#include "tools/dblog/verb_help.hpp"
#include "tools/dblog/verb_options.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {
namespace {

using Path = std::filesystem::path;

// In the order of `dblog --help`.
void describe_verbs(CommandLine& line) {
  describe_list(line);
  describe_follow(line);
  describe_show(line);
  describe_groups(line);
  describe_group(line);
  describe_stats(line);
  describe_sql(line);
  describe_symbolize(line);
  describe_recover(line);
  describe_flush(line);
  describe_outbox(line);
  describe_prune(line);
  describe_merge(line);
  describe_export(line);
  describe_report(line);
  describe_run(line);
  describe_gdb(line);
  describe_doctor(line);
  describe_test_notify(line);
  describe_help(line);
  describe_complete(line);
}

void describe(CommandLine& line) {
  CLI::App& app = line.app;
  app.set_version_flag("--version", std::string("dblog ") + version(), "Print the version");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 not everything done, 2 usage, 3 database.");
  add_database_option(app, line);
  app.add_flag("--json", line.json, "As after the verb");
  describe_verbs(line);
}

Outcome run_scrubbed(const CommandLine& line, const Path& database) {
  for (const CLI::App* verb : line.unscrubbed_verbs) {
    if (verb->parsed()) return line.action(database);
  }
  std::string env_file;  // one verb was given
  for (const std::string* given : line.env_files) env_file += *given;
  const std::string notice = use_scrub_settings(env_file, database);
  return with_notice(notice, line.action(database));
}

Path database_path(const std::string& option) {
  if (!option.empty()) return option;
  const char* environment = ::secure_getenv("DBLOG_DB");
  return environment != nullptr && *environment != '\0' ? environment : "LOGS.db";
}

}  // namespace

std::variant<Outcome, Verb> parse_command_line(int argc, char** argv, const Printers& printers,
                                               StopSignals& stop) {
  const auto line = std::make_shared<CommandLine>(printers, stop);
  describe(*line);
  try {
    line->app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Outcome{ExitCode::done, line->app.help(), ""};
  } catch (const CLI::CallForVersion& version) {
    return Outcome{ExitCode::done, std::string(version.what()) + '\n', ""};
  } catch (const CLI::ParseError& error) {
    if (const auto advice = advice_on_verb(line->app)) return usage_failure(*advice);
    return usage_failure(std::string(error.what()) + advice_on_option(line->app) + " (see " +
                         way_to_help(line->app) + ')');
  }
  if (line->json) {
    for (bool* json : line->json_flags) *json = true;
  }
  return Verb([line] { return run_scrubbed(*line, database_path(line->database)); });
}

Outcome run_verb(int argc, char** argv, const Printers& printers, StopSignals& stop) {
  auto parsed = parse_command_line(argc, argv, printers, stop);
  if (auto* outcome = std::get_if<Outcome>(&parsed)) return std::move(*outcome);
  return std::get<Verb>(parsed)();
}

}  // namespace dblog::tool
