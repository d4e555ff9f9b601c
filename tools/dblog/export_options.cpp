// The command line of `dblog export`.
#include <filesystem>
#include <memory>

#include "tools/dblog/export.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {
namespace {

void describe_bundle(CLI::App& parent, CommandLine& line) {
  const auto options = std::make_shared<BundleOptions>();
  CLI::App& verb = add_database_verb(parent, line, "bundle",
                                     "A directory with one crash or event, for a bug report",
                                     [options](const std::filesystem::path& database) {
                                       return export_bundle(database, *options);
                                     });
  verb.add_option("ID", options->id, "As 'dblog list' prints it. Default: last, the newest crash")
      ->type_name("");
  verb.add_option("--output", options->output, "The directory. Default: dblog-crash-7, for crash 7")
      ->type_name("DIR")
      ->check(is_not_empty);
  add_env_file(verb, line, options->env_file);
  add_json(verb, line, options->json, "What was written, as one object");
  add_examples(verb, {"dblog export bundle", "dblog export bundle 7 --output bug"});
  verb.parse_complete_callback([&parent] {
    for (const CLI::Option* option : parent.get_options()) {
      if (option->count() == 0 || option->check_name("--db")) continue;
      throw CLI::ValidationError("export bundle", option->get_name() + " is of export alone");
    }
  });
}

}  // namespace

void describe_export(CommandLine& line) {
  const auto options = std::make_shared<ExportOptions>();
  options->print = line.printers.result;
  CLI::App& verb = *line.app.add_subcommand("export", "Crashes and events for other programs");
  add_database_option(verb, line);
  verb.require_subcommand(0, 1);
  // Called after that of the verb below, if there is one.
  verb.callback([&line, options] {
    if (line.action) return;
    line.action = [options](const std::filesystem::path& database) {
      return export_entries(database, *options);
    };
  });
  verb.add_option("--format", options->format,
                  "jsonl: a JSON object in each line; prometheus: counts. Default: jsonl")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"jsonl", "prometheus"}));
  auto* table =
      verb.add_option("--table", options->table, "Only this table: of events, or hw_logs");
  table->type_name("NAME");
  verb.add_flag("--crashes", options->crashes, "Only crashes")->excludes(table);
  add_filter_options(verb, options->filter);
  verb.add_option("--after", options->after, "Only what follows this one in the export")
      ->type_name("ID");
  verb.add_flag("--full", options->full, "Of each all that 'dblog show --json' has");
  verb.add_option("--output", options->output, "The file. Default: -, standard output")
      ->type_name("FILE")
      ->check(is_not_empty);
  verb.add_flag("--force", options->force, "Replace a file that is there");
  add_env_file(verb, line, options->env_file);
  add_json(verb, line, options->json, "What was written, as one object");
  add_examples(verb, {"dblog export --since 1d --severity error --output errors.jsonl",
                      "dblog export --format prometheus --output dblog.prom --force"});
  describe_bundle(verb, line);
}

}  // namespace dblog::tool
