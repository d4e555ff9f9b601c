// The command line of `dblog stats`.
#include <filesystem>
#include <memory>

#include "tools/dblog/output_terminal.hpp"
#include "tools/dblog/stats.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_stats(CommandLine& line) {
  const auto options = std::make_shared<StatsOptions>();
  CLI::App& verb = add_database_verb(
      line.app, line, "stats", "How many crashes and events there were: days, programs, releases",
      [options](const std::filesystem::path& database) {
        options->terminal_width = terminal_width();
        return stats(database, *options);
      });
  add_filter_options(verb, options->filter);
  add_json(verb, line, options->json, "One object");
  add_examples(verb, {"dblog stats", "dblog stats --since 1w --environment prod",
                      "dblog stats --release 1.4 --json"});
}

}  // namespace dblog::tool
