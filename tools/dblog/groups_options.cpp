// The command line of `dblog groups`.
#include <filesystem>
#include <memory>

#include "tools/dblog/groups.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/output_terminal.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_groups(CommandLine& line) {
  const auto options = std::make_shared<GroupsOptions>();
  CLI::App& verb =
      add_database_verb(line.app, line, "groups", "Crashes by fault, the last seen first",
                        [options](const std::filesystem::path& database) {
                          options->terminal_width = terminal_width();
                          options->now = terminal_now();
                          return groups(database, *options);
                        });
  auto* limit = add_limit(verb, options->limit);
  verb.add_option("--explain", options->explain, "Of what this group's name was made")
      ->type_name("GROUP")
      ->check(is_not_empty)
      ->excludes(limit);
  add_json(verb, line, options->json, "One object");
  add_examples(verb, {"dblog groups --limit 5", "dblog groups --explain 2:1f0c"});
}

}  // namespace dblog::tool
