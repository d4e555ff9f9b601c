// The command line of `dblog symbolize`.
#include <filesystem>
#include <memory>

#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/symbolize.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_symbolize(CommandLine& line) {
  const auto options = std::make_shared<SymbolizeOptions>();
  CLI::App& verb =
      add_database_verb(line.app, line, "symbolize",
                        "Gives recorded stack frames their names: functions, files, lines",
                        [options, &line](const std::filesystem::path& database) {
                          options->show_progress = line.printers.progress;
                          return symbolize(database, *options);
                        });
  verb.add_option("ID", options->ids,
                  "As 'dblog list' prints it: 7, error_table/3. Default: all without names")
      ->type_name("");
  verb.add_flag("--retry", options->retry,
                "Look again for what has no name, or none from debug information");
  verb.add_option("--debug-dir", options->debug_directories,
                  "Search this directory for modules and debug files first; may be repeated")
      ->type_name("DIR")
      ->check(is_directory)
      ->allow_extra_args(false);
  add_env_file(verb, line, options->env_file);
  add_json(verb, line, options->json, "One object");
  add_examples(verb, {"dblog symbolize", "dblog symbolize 7 --debug-dir ."});
}

}  // namespace dblog::tool
