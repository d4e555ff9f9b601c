// The command line of `dblog show`.
#include <filesystem>
#include <memory>
#include <string>

#include "tools/dblog/color_choice.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/output_terminal.hpp"
#include "tools/dblog/show.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_show(CommandLine& line) {
  const auto options = std::make_shared<ShowOptions>();
  const auto color = std::make_shared<std::string>("auto");
  CLI::App& verb =
      add_database_verb(line.app, line, "show", "All about one crash, event or snapshot",
                        [options, color](const std::filesystem::path& database) {
                          options->is_colored = is_output_colored(*color);
                          options->now = terminal_now();
                          return show(database, *options);
                        });
  verb.add_option("ID", options->id,
                  "As 'dblog list' prints it: 7, error_table/3, hw_logs/5. Default: last, the "
                  "newest crash")
      ->type_name("");
  add_env_file(verb, line, options->env_file);
  verb.add_flag("--full", options->full, "Every frame of every thread, every text whole");
  add_json(verb, line, options->json, "One object");
  verb.add_option("--color", *color, "auto (on a terminal), always, never. Default: auto")
      ->type_name("WHEN")
      ->check([](const std::string& word) {
        return parse_color_choice(word) ? "" : word + " is not one of auto, always, never";
      })
      ->check(offers({"auto", "always", "never"}));
  add_examples(verb, {"dblog show", "dblog show 7 --full", "dblog show error_table/3 --json"});
}

}  // namespace dblog::tool
