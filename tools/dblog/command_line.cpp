#include "tools/dblog/command_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "dblog/version.hpp"
#include "tools/dblog/color_choice.hpp"
#include "tools/dblog/flush.hpp"
#include "tools/dblog/groups.hpp"
#include "tools/dblog/list.hpp"
#include "tools/dblog/outbox.hpp"
#include "tools/dblog/prune.hpp"
#include "tools/dblog/recover.hpp"
#include "tools/dblog/show.hpp"
#include "tools/dblog/symbolize.hpp"
#include "tools/dblog/test_notify.hpp"
#include "tools/dblog/verb_help.hpp"

namespace dblog::tool {
namespace {

using Path = std::filesystem::path;

struct CommandLine {
  std::string database;
  ListOptions list;
  ShowOptions show;
  RecoverOptions recover;
  GroupsOptions groups;
  SymbolizeOptions symbolize;
  FlushOptions flush;
  OutboxOptions outbox;
  PruneOptions prune;
  TestNotifyOptions test_notify;
  std::vector<std::string> help_about;
  bool json = false;  // before the verb
  std::string color = "auto";
  /// What the verb that was given does.
  std::function<Outcome(const Path& database)> action;
  CLI::App app{"Shows the crashes and errors that dblog recorded, and sends messages about them.",
               "dblog"};
};

std::optional<std::size_t> terminal_width() {
  if (::isatty(STDOUT_FILENO) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool is_output_colored(const std::string& choice) {
  return is_colored(*parse_color_choice(choice), ::isatty(STDOUT_FILENO) != 0,
                    ::secure_getenv("NO_COLOR"), ::secure_getenv("TERM"));
}

std::string is_not_empty(const std::string& text) { return text.empty() ? "it is empty" : ""; }

std::string is_above_zero(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  const bool is_usable = failure == std::errc{} && stop == end && number > 0;
  return is_usable ? "" : text + " is not a whole number above 0, or too large";
}

void add_database_option(CLI::App& app, CommandLine& line) {
  app.add_option("--db", line.database, "The database. Default: $DBLOG_DB, else ./LOGS.db")
      ->type_name("PATH")
      ->check(is_not_empty);
}

CLI::Option* add_limit(CLI::App& app, std::int64_t& limit) {
  return app.add_option("--limit", limit, "How many at most. Default: 20")
      ->type_name("N")
      ->check(is_above_zero);
}

CLI::Option* add_env_file(CLI::App& app, std::string& env_file) {
  return app.add_option("--env-file", env_file, "The file with settings. Default: ./.env")
      ->type_name("PATH")
      ->check(is_not_empty);
}

/// A verb that works on the database.
template <typename Action>
CLI::App& add_verb(CLI::App& parent, CommandLine& line, const char* name, const char* what,
                   Action action) {
  CLI::App& verb = *parent.add_subcommand(name, what);
  add_database_option(verb, line);
  verb.callback([&line, action] { line.action = action; });
  return verb;
}

void describe_list(CommandLine& line) {
  CLI::App& list = add_verb(line.app, line, "list", "Crashes and events, newest first",
                            [&line](const Path& database) {
                              line.list.terminal_width = terminal_width();
                              return tool::list(database, line.list);
                            });
  auto* table =
      list.add_option("--table", line.list.table, "Only this table: of events, or hw_logs");
  table->type_name("NAME");
  list.add_flag("--crashes", line.list.crashes, "Only crashes")->excludes(table);
  list.add_option("--group", line.list.group, "Only the crashes of this group")
      ->type_name("GROUP")
      ->check(is_not_empty)
      ->excludes(table);
  add_limit(list, line.list.limit);
  list.add_option("--before", line.list.before, "Only what follows this one in the list")
      ->type_name("ID");
  list.add_flag("--full", line.list.full, "Whole lines, however long");
  list.add_flag("--json", line.list.json, "An array of objects");
}

void describe_show(CommandLine& line) {
  CLI::App& show = add_verb(line.app, line, "show", "All about one crash, event or snapshot",
                            [&line](const Path& database) {
                              line.show.is_colored = is_output_colored(line.color);
                              return tool::show(database, line.show);
                            });
  show.add_option("ID", line.show.id, "As 'dblog list' prints it: 7, error_table/3, hw_logs/5")
      ->required()
      ->type_name("");
  show.add_flag("--full", line.show.full, "Every frame of every thread, every text whole");
  show.add_flag("--json", line.show.json, "One object");
  show.add_option("--color", line.color, "auto (on a terminal), always, never. Default: auto")
      ->type_name("WHEN")
      ->check([](const std::string& word) {
        return parse_color_choice(word) ? "" : word + " is not one of auto, always, never";
      });
}

void describe_groups(CommandLine& line) {
  CLI::App& groups = add_verb(line.app, line, "groups", "Crashes by fault, the last seen first",
                              [&line](const Path& database) {
                                line.groups.terminal_width = terminal_width();
                                return tool::groups(database, line.groups);
                              });
  auto* limit = add_limit(groups, line.groups.limit);
  groups.add_option("--explain", line.groups.explain, "Of what this group's name was made")
      ->type_name("GROUP")
      ->check(is_not_empty)
      ->excludes(limit);
  groups.add_flag("--json", line.groups.json, "One object");
}

void describe_symbolize(CommandLine& line) {
  CLI::App& symbolize =
      add_verb(line.app, line, "symbolize",
               "Gives recorded stack frames their names: functions, files, lines",
               [&line](const Path& database) { return tool::symbolize(database, line.symbolize); });
  symbolize
      .add_option("ID", line.symbolize.ids,
                  "As 'dblog list' prints it: 7, error_table/3. Default: all without names")
      ->type_name("");
  symbolize.add_flag("--retry", line.symbolize.retry,
                     "Look again for what has no name, or none from debug information");
  symbolize
      .add_option("--debug-dir", line.symbolize.debug_directories,
                  "Search this directory for modules and debug files first; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  symbolize.add_flag("--json", line.symbolize.json, "One object");
}

void describe_recover(CommandLine& line) {
  CLI::App& recover =
      add_verb(line.app, line, "recover",
               "Imports what dead processes could not commit, and says who was killed",
               [&line](const Path& database) { return tool::recover(database, line.recover); });
  recover.add_flag("--json", line.recover.json, "One object");
}

void describe_flush(CommandLine& line, const Printers& printers, StopSignals& stop) {
  line.flush.print = printers.result;
  CLI::App& flush = add_verb(line.app, line, "flush", "Sends the messages that are due",
                             [&line, &printers, &stop](const Path& database) {
                               stop.listen();
                               if (!line.flush.json && ::isatty(STDERR_FILENO) != 0) {
                                 line.flush.show_progress = printers.progress;
                               }
                               return tool::flush(database, line.flush, stop);
                             });
  auto* dry_run =
      flush.add_flag("--dry-run", line.flush.dry_run, "Say what would be sent; change nothing");
  auto* watch =
      flush.add_flag("--watch", line.flush.watch, "Stay, and send whenever something becomes due")
          ->excludes(dry_run);
  flush.add_flag("--retry-dead", line.flush.retry_dead, "Try again what is dead")
      ->excludes(dry_run);
  flush.add_flag("--now", line.flush.now, "Send what waits for its next attempt, too");
  flush.add_option("--max-tries", line.flush.max_tries, "Dead after so many failures")
      ->type_name("N")
      ->check(is_above_zero);
  flush.add_option("--max-days", line.flush.max_days, "Dead when older at a failure")
      ->type_name("DAYS")
      ->check(is_above_zero);
  add_env_file(flush, line.flush.env_file);
  flush
      .add_option("--linger", line.flush.linger_seconds,
                  "Stay so long for more, and let one flush work at a time: for programs")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 3600))
      ->excludes(dry_run)
      ->excludes(watch);
  flush.add_option("--after", line.flush.after, "Begin when this process has ended: for programs")
      ->type_name("PID")
      ->check(is_above_zero);
  flush.add_flag("--json", line.flush.json, "One object");
}

/// A verb of `outbox` that takes ids.
CLI::App& add_outbox_verb(CLI::App& outbox, CommandLine& line, const char* name, const char* what,
                          Outcome (*act)(const Path&, const OutboxOptions&)) {
  CLI::App& verb = add_verb(outbox, line, name, what, [&line, act](const Path& database) {
    return act(database, line.outbox);
  });
  verb.add_option("ID", line.outbox.ids, "As 'dblog outbox list' prints it")
      ->required()
      ->type_name("");
  verb.add_flag("--json", line.outbox.json, "One object");
  return verb;
}

void describe_outbox(CommandLine& line) {
  CLI::App& outbox =
      *line.app.add_subcommand("outbox", "The messages to be sent, and those that were");
  add_database_option(outbox, line);
  outbox.require_subcommand(0, 1);
  outbox.footer("Alone it is 'dblog outbox list'.");
  outbox.add_flag("--json", line.outbox.json, "As of the verbs below");
  const auto list_messages = [&line](const Path& database) {
    line.outbox.terminal_width = terminal_width();
    return outbox_list(database, line.outbox);
  };
  // Called after that of the verb below, if there is one.
  outbox.callback([&line, list_messages] {
    if (!line.action) line.action = list_messages;
  });
  CLI::App& list = add_verb(outbox, line, "list", "Messages, newest first", list_messages);
  list.add_option("--state", line.outbox.state, "pending, sending, sent or dead")
      ->type_name("STATE")
      ->check(CLI::IsMember({"pending", "sending", "sent", "dead"}));
  list.add_option("--channel", line.outbox.channel, "slack or email")->type_name("NAME");
  add_limit(list, line.outbox.limit);
  list.add_flag("--json", line.outbox.json, "An array of objects");
  CLI::App& show = add_outbox_verb(outbox, line, "show", "All about one message", outbox_show);
  show.get_option("ID")->expected(1);
  show.add_flag("--full", line.outbox.full, "Every text whole");
  add_outbox_verb(outbox, line, "drop", "Deletes messages, sent or not", outbox_drop);
  add_outbox_verb(outbox, line, "replay", "Messages are to be sent again", outbox_replay);
}

void describe_prune(CommandLine& line) {
  CLI::App& prune =
      add_verb(line.app, line, "prune", "Takes away what is over the limits, oldest first",
               [&line](const Path& database) { return tool::prune(database, line.prune); });
  auto* dry_run =
      prune.add_flag("--dry-run", line.prune.dry_run, "Say what would go; change nothing");
  prune.add_flag("--vacuum", line.prune.vacuum, "Rewrite the file, as small as it can be")
      ->excludes(dry_run);
  const auto add_limit_list = [&prune](const char* name, std::string& text, const char* what) {
    prune.add_option(name, text, what)->type_name("LIMITS")->check(is_not_empty);
  };
  add_limit_list("--max-days", line.prune.max_days, "In place of DBLOG_MAX_DAYS: 90,trace=7");
  add_limit_list("--max-rows", line.prune.max_rows, "In place of DBLOG_MAX_ROWS");
  add_limit_list("--max-mb", line.prune.max_mb, "In place of DBLOG_MAX_MB");
  add_env_file(prune, line.prune.env_file);
  prune.add_flag("--json", line.prune.json, "One object");
}

void describe_test_notify(CommandLine& line) {
  CLI::App& test = *line.app.add_subcommand(
      "test-notify", "Sends one test message to each configured channel, and says what is wrong");
  test.callback(
      [&line] { line.action = [&line](const Path&) { return test_notify(line.test_notify); }; });
  test.add_flag("--slack", line.test_notify.slack, "Only Slack");
  test.add_flag("--email", line.test_notify.email, "Only e-mail; with --slack both");
  add_env_file(test, line.test_notify.env_file);
  test.add_flag("--json", line.test_notify.json, "One object");
}

void describe_help(CommandLine& line) {
  CLI::App& verb = *line.app.add_subcommand("help", "What there is, or what a verb takes");
  verb.add_option("VERB", line.help_about, "list, outbox show, ...")->type_name("");
  verb.callback([&line] {
    line.action = [&line](const Path&) { return verb_help(line.app, line.help_about); };
  });
}

void ask_for_json(CommandLine& line) {
  for (bool* json : {&line.list.json, &line.show.json, &line.groups.json, &line.symbolize.json,
                     &line.recover.json, &line.flush.json, &line.outbox.json, &line.prune.json,
                     &line.test_notify.json}) {
    *json = true;
  }
}

void describe(CommandLine& line, const Printers& printers, StopSignals& stop) {
  CLI::App& app = line.app;
  app.set_version_flag("--version", std::string("dblog ") + version(), "Print the version");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 not everything done, 2 usage, 3 database.");
  add_database_option(app, line);
  app.add_flag("--json", line.json, "As after the verb");
  describe_list(line);
  describe_show(line);
  describe_groups(line);
  describe_symbolize(line);
  describe_recover(line);
  describe_flush(line, printers, stop);
  describe_outbox(line);
  describe_prune(line);
  describe_test_notify(line);
  describe_help(line);
}

Path database_path(const std::string& option) {
  if (!option.empty()) return option;
  const char* environment = ::secure_getenv("DBLOG_DB");
  return environment != nullptr && *environment != '\0' ? environment : "LOGS.db";
}

}  // namespace

std::variant<Outcome, Verb> parse_command_line(int argc, char** argv, const Printers& printers,
                                               StopSignals& stop) {
  const auto line = std::make_shared<CommandLine>();
  describe(*line, printers, stop);
  try {
    line->app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Outcome{ExitCode::done, line->app.help(), ""};
  } catch (const CLI::CallForVersion& version) {
    return Outcome{ExitCode::done, std::string(version.what()) + '\n', ""};
  } catch (const CLI::ParseError& error) {
    if (const auto advice = advice_on_verb(line->app)) return usage_failure(*advice);
    return usage_failure(std::string(error.what()) + " (see dblog --help)");
  }
  if (line->json) ask_for_json(*line);
  return Verb([line] { return line->action(database_path(line->database)); });
}

Outcome run_verb(int argc, char** argv, const Printers& printers, StopSignals& stop) {
  auto parsed = parse_command_line(argc, argv, printers, stop);
  if (auto* outcome = std::get_if<Outcome>(&parsed)) return std::move(*outcome);
  return std::get<Verb>(parsed)();
}

}  // namespace dblog::tool
