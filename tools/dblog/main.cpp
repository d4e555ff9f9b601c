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

#include "dblog/version.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/flush.hpp"
#include "tools/dblog/list.hpp"
#include "tools/dblog/outbox.hpp"
#include "tools/dblog/outcome.hpp"
#include "tools/dblog/recover.hpp"
#include "tools/dblog/show.hpp"

namespace dblog::tool {
namespace {

struct CommandLine {
  std::string database;
  ListOptions list;
  ShowOptions show;
  RecoverOptions recover;
  FlushOptions flush;
  OutboxOptions outbox;
  CLI::App app{"Shows the crashes and errors that dblog recorded, and sends messages about them.",
               "dblog"};
  CLI::App* list_verb = nullptr;
  CLI::App* show_verb = nullptr;
  CLI::App* recover_verb = nullptr;
  CLI::App* flush_verb = nullptr;
  CLI::App* outbox_show_verb = nullptr;
  CLI::App* outbox_drop_verb = nullptr;
  CLI::App* outbox_replay_verb = nullptr;
  CLI::App* outbox_verb = nullptr;
};

void add_database_option(CLI::App& app, CommandLine& line) {
  app.add_option("--db", line.database, "The database. Default: $DBLOG_DB, else ./LOGS.db")
      ->type_name("PATH")
      ->check([](const std::string& path) { return path.empty() ? "the path is empty" : ""; });
}

std::string check_positive(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  const bool is_usable = failure == std::errc{} && stop == end && number > 0;
  return is_usable ? "" : text + " is not a whole number above 0, or too large";
}

void describe_flush(CommandLine& line) {
  line.flush_verb = line.app.add_subcommand("flush", "Sends the messages that are due");
  CLI::App& flush = *line.flush_verb;
  add_database_option(flush, line);
  auto* dry_run =
      flush.add_flag("--dry-run", line.flush.dry_run, "Say what would be sent; change nothing");
  flush.add_flag("--watch", line.flush.watch, "Stay, and send whenever something becomes due")
      ->excludes(dry_run);
  flush.add_flag("--retry-dead", line.flush.retry_dead, "Try again what is dead")
      ->excludes(dry_run);
  flush.add_flag("--now", line.flush.now, "Send what waits for its next attempt, too");
  flush.add_option("--max-tries", line.flush.max_tries, "Dead after so many failures")
      ->type_name("N")
      ->check(check_positive);
  flush.add_option("--max-days", line.flush.max_days, "Dead when older at a failure")
      ->type_name("DAYS")
      ->check(check_positive);
  flush.add_flag("--json", line.flush.json, "One object");
}

CLI::App* describe_change(CommandLine& line, const char* verb, const char* what) {
  CLI::App* change = line.outbox_verb->add_subcommand(verb, what);
  add_database_option(*change, line);
  change->add_option("ID", line.outbox.ids, "As 'dblog outbox list' prints it")
      ->required()
      ->type_name("");
  change->add_flag("--json", line.outbox.json, "One object");
  return change;
}

void describe_outbox(CommandLine& line) {
  line.outbox_verb = line.app.add_subcommand("outbox", "The messages to be sent, and those sent");
  CLI::App& outbox = *line.outbox_verb;
  add_database_option(outbox, line);
  outbox.require_subcommand(1);
  CLI::App& list = *outbox.add_subcommand("list", "Messages, newest first");
  add_database_option(list, line);
  list.add_option("--state", line.outbox.state, "pending, sending, sent or dead")
      ->type_name("STATE")
      ->check(CLI::IsMember({"pending", "sending", "sent", "dead"}));
  list.add_option("--channel", line.outbox.channel, "slack or email")->type_name("NAME");
  list.add_option("--limit", line.outbox.limit, "How many at most. Default: 20")
      ->type_name("N")
      ->check(check_positive);
  list.add_flag("--json", line.outbox.json, "An array of objects");
  line.outbox_show_verb = describe_change(line, "show", "All about one message");
  line.outbox_show_verb->get_option("ID")->expected(1);
  line.outbox_drop_verb = describe_change(line, "drop", "Deletes messages, sent or not");
  line.outbox_replay_verb = describe_change(line, "replay", "Messages are to be sent again");
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
  list.add_option("--limit", line.list.limit, "How many at most. Default: 20")
      ->type_name("N")
      ->check(check_positive);
  list.add_option("--before", line.list.before, "Only what follows this one in the list")
      ->type_name("ID");
  list.add_flag("--json", line.list.json, "An array of objects");

  line.show_verb = app.add_subcommand("show", "All about one crash or event");
  CLI::App& show = *line.show_verb;
  add_database_option(show, line);
  show.add_option("ID", line.show.id, "As 'dblog list' prints it: 7, error_table/3")
      ->required()
      ->type_name("");
  show.add_flag("--json", line.show.json, "One object");

  line.recover_verb = app.add_subcommand(
      "recover", "Imports what dead processes could not commit, and says who was killed");
  CLI::App& recover = *line.recover_verb;
  add_database_option(recover, line);
  recover.add_flag("--json", line.recover.json, "One object");

  describe_flush(line);
  describe_outbox(line);
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

Outcome run_flush(const std::filesystem::path& database, FlushOptions& options) {
  // Nobody is left to tell, should these fail.
  options.print = [](const std::string& text) { (void)write_all(STDOUT_FILENO, text); };
  if (!options.json && ::isatty(STDERR_FILENO) != 0) {
    options.show_progress = [](const std::string& text) {
      (void)write_all(STDERR_FILENO, "\r\x1b[K" + escape_line(text));
    };
  }
  return flush(database, options, flush_parts());
}

Outcome run_outbox(const std::filesystem::path& database, CommandLine& line) {
  if (line.outbox_show_verb->parsed()) return outbox_show(database, line.outbox);
  if (line.outbox_drop_verb->parsed()) return outbox_drop(database, line.outbox);
  if (line.outbox_replay_verb->parsed()) return outbox_replay(database, line.outbox);
  line.outbox.terminal_width = terminal_width();
  return outbox_list(database, line.outbox);
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
    return usage_failure(std::string(error.what()) + " (see dblog --help)");
  }
  const std::filesystem::path database = database_path(line.database);
  if (line.show_verb->parsed()) return show(database, line.show);
  if (line.recover_verb->parsed()) return recover(database, line.recover);
  if (line.flush_verb->parsed()) return run_flush(database, line.flush);
  if (line.outbox_verb->parsed()) return run_outbox(database, line);
  line.list.terminal_width = terminal_width();
  return list(database, line.list);
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
  const int code = static_cast<int>(outcome.exit_code);
  if (outcome.must_leave_at_once) std::_Exit(code);
  return code;
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
