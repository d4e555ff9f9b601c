// The command line of `dblog sql`.
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/sql.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_sql(CommandLine& line) {
  const auto options = std::make_shared<SqlOptions>();
  options->say_beside = line.printers.notice;
  CLI::App& verb =
      add_database_verb(line.app, line, "sql", "The sqlite3 shell on the database, for reading",
                        [options](const std::filesystem::path& database) {
                          options->is_output_terminal = ::isatty(STDOUT_FILENO) != 0;
                          options->is_input_terminal = ::isatty(STDIN_FILENO) != 0;
                          return sql(database, *options);
                        });
  verb.add_option("QUERY", options->query, "What to ask; without it, the shell asks you")
      ->type_name("")
      ->check(is_not_empty);
  auto* json = add_json(verb, line, options->json, "An array of objects");
  verb.add_flag("--csv", options->csv, "Values with commas between them")->excludes(json);
  add_examples(verb,
               {"dblog sql", "dblog sql 'SELECT time, msg FROM errors ORDER BY utc DESC LIMIT 5'",
                "dblog sql --csv 'SELECT * FROM releases' > releases.csv"});
}

}  // namespace dblog::tool
