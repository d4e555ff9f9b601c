// The tool's command line: options, the database's path, output, errors, exit codes. The only
// file of the tool that prints and exits.
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "dblog/version.hpp"
#include "tools/dblog/color_choice.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/groups.hpp"
#include "tools/dblog/list.hpp"
#include "tools/dblog/outcome.hpp"
#include "tools/dblog/recover.hpp"
#include "tools/dblog/show.hpp"
#include "tools/dblog/test_notify.hpp"
#include "tools/dblog/verb_advice.hpp"

namespace dblog::tool {
namespace {

struct CommandLine {
  std::string database;
  ListOptions list;
  ShowOptions show;
  RecoverOptions recover;
  GroupsOptions groups;
  std::string color = "auto";
  TestNotifyOptions test_notify;
  CLI::App app{"Shows the crashes and errors that dblog recorded.", "dblog"};
  CLI::App* list_verb = nullptr;
  CLI::App* show_verb = nullptr;
  CLI::App* recover_verb = nullptr;
  CLI::App* groups_verb = nullptr;
  CLI::App* test_notify_verb = nullptr;
};

std::string is_not_empty(const std::string& text) { return text.empty() ? "it is empty" : ""; }

void add_database_option(CLI::App& app, CommandLine& line) {
  app.add_option("--db", line.database, "The database. Default: $DBLOG_DB, else ./LOGS.db")
      ->type_name("PATH")
      ->check([](const std::string& path) { return path.empty() ? "the path is empty" : ""; });
}

CLI::Option* add_limit(CLI::App& app, std::int64_t& limit) {
  return app.add_option("--limit", limit, "How many at most. Default: 20")
      ->type_name("N")
      ->check([](const std::string& text) {
        std::int64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [stop, failure] = std::from_chars(text.data(), end, number);
        const bool is_usable = failure == std::errc{} && stop == end && number > 0;
        return is_usable ? "" : text + " is not a whole number above 0, or too large";
      });
}

void describe_groups(CommandLine& line) {
  line.groups_verb = line.app.add_subcommand("groups", "Crashes by fault, the last seen first");
  CLI::App& groups = *line.groups_verb;
  add_database_option(groups, line);
  auto* limit = add_limit(groups, line.groups.limit);
  groups.add_option("--explain", line.groups.explain, "Of what this group's name was made")
      ->type_name("GROUP")
      ->check(is_not_empty)
      ->excludes(limit);
  groups.add_flag("--json", line.groups.json, "One object");
}

void describe_show(CommandLine& line) {
  line.show_verb = line.app.add_subcommand("show", "All about one crash or event");
  CLI::App& show = *line.show_verb;
  add_database_option(show, line);
  show.add_option("ID", line.show.id, "As 'dblog list' prints it: 7, error_table/3")
      ->required()
      ->type_name("");
  show.add_flag("--full", line.show.full, "Every frame of every thread");
  show.add_flag("--json", line.show.json, "One object");
  show.add_option("--color", line.color, "auto (on a terminal), always, never. Default: auto")
      ->type_name("WHEN")
      ->check([](const std::string& word) {
        return parse_color_choice(word) ? "" : word + " is none of auto, always, never";
      });
}

void describe_test_notify(CommandLine& line) {
  line.test_notify_verb = line.app.add_subcommand(
      "test-notify", "Sends one test message to each configured channel, and says what is wrong");
  CLI::App& test = *line.test_notify_verb;
  test.add_flag("--slack", line.test_notify.slack, "Only Slack");
  test.add_flag("--email", line.test_notify.email, "Only e-mail; with --slack both");
  test.add_option("--env-file", line.test_notify.env_file,
                  "The file with settings. Default: ./.env")
      ->type_name("PATH")
      ->check([](const std::string& path) { return path.empty() ? "the path is empty" : ""; });
  test.add_flag("--json", line.test_notify.json, "One object");
}

void describe(CommandLine& line) {
  CLI::App& app = line.app;
  app.set_version_flag("--version", std::string("dblog ") + version(), "Print the version");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 not everything done, 2 usage, 3 database.");
  add_database_option(app, line);

  line.list_verb = app.add_subcommand("list", "Crashes and events, newest first");
  CLI::App& list = *line.list_verb;
  add_database_option(list, line);
  auto* table = list.add_option("--table", line.list.table, "Only events of this table");
  table->type_name("NAME");
  list.add_flag("--crashes", line.list.crashes, "Only crashes")->excludes(table);
  list.add_option("--group", line.list.group, "Only the crashes of this group")
      ->type_name("GROUP")
      ->check(is_not_empty)
      ->excludes(table);
  add_limit(list, line.list.limit);
  list.add_option("--before", line.list.before, "Only what follows this one in the list")
      ->type_name("ID");
  list.add_flag("--json", line.list.json, "An array of objects");

  describe_show(line);
  describe_groups(line);

  line.recover_verb = app.add_subcommand(
      "recover", "Imports what dead processes could not commit, and says who was killed");
  CLI::App& recover = *line.recover_verb;
  add_database_option(recover, line);
  recover.add_flag("--json", line.recover.json, "One object");

  describe_test_notify(line);
}

std::filesystem::path database_path(const std::string& option) {
  if (!option.empty()) return option;
  const char* environment = std::getenv("DBLOG_DB");
  return environment != nullptr && *environment != '\0' ? environment : "LOGS.db";
}

std::optional<std::size_t> terminal_width() {
  if (::isatty(STDOUT_FILENO) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/// If the verb is what is wrong with the command line.
std::optional<std::string> advice_on_verb(const CLI::App& app) {
  if (!app.get_subcommands().empty()) return std::nullopt;
  const std::vector<std::string> rest = app.remaining();
  if (!rest.empty() && rest.front().starts_with('-')) return std::nullopt;
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back(verb->get_name());
  }
  return verb_advice(rest.empty() ? "" : rest.front(), verbs);
}

Outcome run(int argc, char** argv) {
  CommandLine line;
  describe(line);
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {ExitCode::done, line.app.help(), ""};
  } catch (const CLI::CallForVersion& version) {
    return {ExitCode::done, std::string(version.what()) + '\n', ""};
  } catch (const CLI::ParseError& error) {
    if (const auto advice = advice_on_verb(line.app)) return usage_failure(*advice);
    return usage_failure(std::string(error.what()) + " (see dblog --help)");
  }
  if (line.test_notify_verb->parsed()) return test_notify(line.test_notify);
  const std::filesystem::path database = database_path(line.database);
  if (line.show_verb->parsed()) {
    line.show.is_colored = is_colored(*parse_color_choice(line.color), ::isatty(STDOUT_FILENO) != 0,
                                      std::getenv("NO_COLOR"), std::getenv("TERM"));
    return show(database, line.show);
  }
  if (line.recover_verb->parsed()) return recover(database, line.recover);
  line.list.terminal_width = line.groups.terminal_width = terminal_width();
  if (line.groups_verb->parsed()) return groups(database, line.groups);
  return list(database, line.list);
}

/// 0, or why it failed.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int finish(Outcome outcome) {
  if (const int failure = write_all(STDOUT_FILENO, outcome.output); failure != 0) {
    outcome.exit_code = ExitCode::not_everything;
    outcome.error = "standard output: " + std::generic_category().message(failure);
  }
  if (!outcome.error.empty()) {
    // Nobody is left to tell, should this fail.
    (void)write_all(STDERR_FILENO, "dblog: " + escape_line(outcome.error) + '\n');
  }
  return static_cast<int>(outcome.exit_code);
}

}  // namespace
}  // namespace dblog::tool

int main(int argc, char** argv) {
  using dblog::tool::ExitCode;
  try {
    return dblog::tool::finish(dblog::tool::run(argc, argv));
  } catch (const std::exception& error) {
    return dblog::tool::finish({ExitCode::not_everything, "", error.what()});
  }
}
