// The command line of `dblog merge`.
#include <filesystem>
#include <memory>

#include "tools/dblog/merge.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_merge(CommandLine& line) {
  const auto options = std::make_shared<MergeOptions>();
  CLI::App& verb =
      add_database_verb(line.app, line, "merge",
                        "Brings all crashes and events of other databases into this one, each once",
                        [options, &line](const std::filesystem::path& database) {
                          options->show_progress = line.printers.progress;
                          return merge(database, *options);
                        });
  verb.add_option("SOURCE", options->sources, "A database to read; it is not changed")
      ->required()
      ->type_name("")
      ->check(is_not_empty);
  add_json(verb, line, options->json, "One object");
  line.unscrubbed_verbs.push_back(&verb);
  add_examples(verb, {"dblog merge --db all.db web1.db web2.db", "dblog merge LOGS-old.db --json"});
}

}  // namespace dblog::tool
