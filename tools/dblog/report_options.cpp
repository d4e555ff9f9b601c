// The command line of `dblog report`.
#include <filesystem>
#include <memory>

#include "tools/dblog/html_report.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_report(CommandLine& line) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App& verb = add_database_verb(line.app, line, "report",
                                     "One HTML file with crashes and events, for a browser",
                                     [options, &line](const std::filesystem::path& database) {
                                       options->show_progress = line.printers.progress;
                                       return html_report(database, *options);
                                     });
  verb.add_option("--output", options->output,
                  "The file, or - for standard output. Default: the database's name with .html")
      ->type_name("FILE");
  verb.add_flag("--force", options->force, "Replace a file that is there");
  verb.add_option("--limit", options->limit,
                  "How many crashes and events at most, the newest. Default: 100000")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  add_json(verb, line, options->json, "What was written, as one object");
  add_env_file(verb, line, options->env_file);
  add_examples(verb, {"dblog report --output crashes.html",
                      "dblog report --output - --limit 500 > crashes.html"});
}

}  // namespace dblog::tool
