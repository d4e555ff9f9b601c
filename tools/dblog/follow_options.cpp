// The command line of `dblog follow`.
#include <filesystem>
#include <memory>

#include "tools/dblog/follow.hpp"
#include "tools/dblog/output_terminal.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_follow(CommandLine& line) {
  const auto options = std::make_shared<FollowOptions>();
  options->print = line.printers.result;
  options->say_beside = line.printers.notice;
  CLI::App& verb = add_database_verb(line.app, line, "follow",
                                     "Stays, and prints crashes and events as they are recorded",
                                     [options](const std::filesystem::path& database) {
                                       options->terminal_width = terminal_width();
                                       return follow(database, *options);
                                     });
  add_filter_options(verb, options->filter);
  verb.add_flag("--full", options->full, "Whole lines, however long");
  add_json(verb, line, options->json, "An object on each line");
  add_examples(verb,
               {"dblog follow --severity error", "dblog follow --json --kind signal | jq .msg"});
}

}  // namespace dblog::tool
