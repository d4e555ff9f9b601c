// The command line of `dblog prune`.
#include <filesystem>
#include <memory>
#include <string>

#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/prune.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_prune(CommandLine& line) {
  const auto options = std::make_shared<PruneOptions>();
  CLI::App& verb =
      add_database_verb(line.app, line, "prune", "Takes away what is over the limits, oldest first",
                        [options, &line](const std::filesystem::path& database) {
                          options->show_progress = line.printers.progress;
                          return prune(database, *options);
                        });
  auto* dry_run = verb.add_flag("--dry-run", options->dry_run, "Say what would go; change nothing");
  verb.add_flag("--vacuum", options->vacuum, "Rewrite the file, as small as it can be")
      ->excludes(dry_run);
  const auto add_limit_list = [&verb](const char* name, std::string& text, const char* what) {
    verb.add_option(name, text, what)->type_name("LIMITS")->check(is_not_empty);
  };
  add_limit_list("--max-days", options->max_days, "In place of DBLOG_MAX_DAYS: 90,trace=7");
  add_limit_list("--max-rows", options->max_rows, "In place of DBLOG_MAX_ROWS");
  add_limit_list("--max-mb", options->max_mb, "In place of DBLOG_MAX_MB");
  add_env_file(verb, line, options->env_file);
  add_json(verb, line, options->json, "One object");
  add_examples(verb, {"dblog prune --dry-run", "dblog prune --max-days 30 --vacuum"});
}

}  // namespace dblog::tool
