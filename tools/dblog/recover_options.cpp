// The command line of `dblog recover`.
#include <filesystem>
#include <memory>

#include "tools/dblog/recover.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_recover(CommandLine& line) {
  const auto options = std::make_shared<RecoverOptions>();
  CLI::App& verb = add_database_verb(
      line.app, line, "recover",
      "Imports what dead processes could not commit, and says who was killed",
      [options](const std::filesystem::path& database) { return recover(database, *options); });
  line.unscrubbed_verbs.push_back(&verb);  // it reads the rules as the database's owner
  add_env_file(verb, line, options->env_file);
  add_json(verb, line, options->json, "One object");
  add_examples(verb, {"dblog recover", "dblog recover --db /var/lib/app/LOGS.db --json"});
}

}  // namespace dblog::tool
