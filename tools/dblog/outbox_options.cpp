// The command line of `dblog outbox`.
#include <filesystem>
#include <memory>

#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/outbox.hpp"
#include "tools/dblog/output_terminal.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {
namespace {

using Options = std::shared_ptr<OutboxOptions>;

/// A verb of `outbox` that takes ids.
CLI::App& add_id_verb(CLI::App& outbox, CommandLine& line, const Options& options, const char* name,
                      const char* what,
                      Outcome (*act)(const std::filesystem::path&, const OutboxOptions&)) {
  CLI::App& verb = add_database_verb(
      outbox, line, name, what,
      [options, act](const std::filesystem::path& database) { return act(database, *options); });
  verb.add_option("ID", options->ids, "As 'dblog outbox list' prints it")
      ->required()
      ->type_name("");
  add_json(verb, line, options->json, "One object");
  return verb;
}

}  // namespace

void describe_outbox(CommandLine& line) {
  const auto options = std::make_shared<OutboxOptions>();
  CLI::App& outbox =
      *line.app.add_subcommand("outbox", "The messages to be sent, and those that were");
  add_database_option(outbox, line);
  outbox.require_subcommand(0, 1);
  outbox.footer("Alone it is 'dblog outbox list'.");
  add_json(outbox, line, options->json, "As of the verbs below");
  const auto list_messages = [options](const std::filesystem::path& database) {
    options->terminal_width = terminal_width();
    return outbox_list(database, *options);
  };
  // Called after that of the verb below, if there is one.
  outbox.callback([&line, list_messages] {
    if (!line.action) line.action = list_messages;
  });
  CLI::App& list = add_database_verb(outbox, line, "list", "Messages, newest first", list_messages);
  list.add_option("--state", options->state, "pending, sending, sent, dead or suppressed")
      ->type_name("STATE")
      ->check(CLI::IsMember({"pending", "sending", "sent", "dead", "suppressed"}))
      ->check(offers({"pending", "sending", "sent", "dead", "suppressed"}));
  list.add_option("--channel", options->channel, "slack or email")
      ->type_name("NAME")
      ->check(offers({"slack", "email"}));
  add_limit(list, options->limit);
  add_json(list, line, options->json, "An array of objects");
  CLI::App& show = add_id_verb(outbox, line, options, "show", "All about one message", outbox_show);
  show.get_option("ID")->expected(1);
  show.add_flag("--full", options->full, "Every text whole");
  CLI::App& drop =
      add_id_verb(outbox, line, options, "drop", "Deletes messages, sent or not", outbox_drop);
  CLI::App& replay =
      add_id_verb(outbox, line, options, "replay", "Messages are to be sent again", outbox_replay);
  add_examples(list, {"dblog outbox list", "dblog outbox list --state dead --channel slack"});
  add_examples(show, {"dblog outbox show 12", "dblog outbox show 12 --full"});
  add_examples(drop, {"dblog outbox drop 12", "dblog outbox drop 12 13 14"});
  add_examples(replay, {"dblog outbox replay 12", "dblog outbox replay 12 13 --json"});
  add_examples(outbox, {"dblog outbox list --state dead", "dblog outbox replay 12 13"});
}

}  // namespace dblog::tool
