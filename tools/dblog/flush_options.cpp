// The command line of `dblog flush`.
#include <filesystem>
#include <memory>

#include "tools/dblog/flush.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_flush(CommandLine& line) {
  const auto options = std::make_shared<FlushOptions>();
  options->print = line.printers.result;
  CLI::App& verb = add_database_verb(line.app, line, "flush", "Sends the messages that are due",
                                     [&line, options](const std::filesystem::path& database) {
                                       line.stop.listen();
                                       options->show_progress = line.printers.progress;
                                       return flush(database, *options, line.stop);
                                     });
  auto* dry_run =
      verb.add_flag("--dry-run", options->dry_run, "Say what would be sent; change nothing");
  auto* watch =
      verb.add_flag("--watch", options->watch, "Stay, and send whenever something becomes due")
          ->excludes(dry_run);
  verb.add_flag("--retry-dead", options->retry_dead, "Try again what is dead")->excludes(dry_run);
  verb.add_flag("--now", options->now, "Send what waits for its next attempt, too");
  verb.add_option("--max-tries", options->max_tries, "Dead after so many failures")
      ->type_name("N")
      ->check(is_above_zero);
  verb.add_option("--max-days", options->max_days, "Dead when older at a failure")
      ->type_name("DAYS")
      ->check(is_above_zero);
  add_env_file(verb, line, options->env_file);
  verb.add_option("--linger", options->linger_seconds,
                  "Stay so long for more, and let one flush work at a time: for programs")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 3600))
      ->excludes(dry_run)
      ->excludes(watch);
  verb.add_option("--after", options->after, "Begin when this process has ended: for programs")
      ->type_name("PID")
      ->check(is_above_zero);
  add_json(verb, line, options->json, "One object");
  add_examples(verb, {"dblog flush", "dblog flush --dry-run",
                      "dblog flush --watch --env-file /etc/app/env"});
}

}  // namespace dblog::tool
