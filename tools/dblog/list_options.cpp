// The command line of `dblog list`.
#include <filesystem>
#include <memory>

#include "tools/dblog/filter_options.hpp"
#include "tools/dblog/list.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/output_terminal.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_list(CommandLine& line) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App& verb = add_database_verb(line.app, line, "list", "Crashes and events, newest first",
                                     [options](const std::filesystem::path& database) {
                                       options->terminal_width = terminal_width();
                                       options->now = terminal_now();
                                       return list(database, *options);
                                     });
  auto* table =
      verb.add_option("--table", options->table, "Only this table: of events, or hw_logs");
  table->type_name("NAME");
  verb.add_flag("--crashes", options->crashes, "Only crashes")->excludes(table);
  verb.add_option("--group", options->group, "Only the crashes of this group")
      ->type_name("GROUP")
      ->check(is_not_empty)
      ->excludes(table);
  add_filter_options(verb, options->filter);
  add_limit(verb, options->limit);
  verb.add_option("--before", options->before, "Only what follows this one in the list")
      ->type_name("ID");
  verb.add_flag("--full", options->full, "Whole lines, however long");
  auto* json = add_json(verb, line, options->json, "An array of objects");
  verb.add_flag("--csv", options->csv, "Values with commas between them, for a spreadsheet")
      ->excludes(json);
  add_examples(verb, {"dblog list --since 2h", "dblog list --crashes --release 1.4 --full",
                      "dblog list --severity critical --field user=42 --json"});
}

}  // namespace dblog::tool
