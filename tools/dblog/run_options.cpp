// The command line of `dblog run`.
#include <filesystem>
#include <memory>

#include "tools/dblog/run.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_run(CommandLine& line) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App& verb = add_database_verb(
      line.app, line, "run", "Runs a program as it is, and records how it ends",
      [options](const std::filesystem::path& database) { return run(database, *options); });
  verb.add_option("PROGRAM", options->command, "The program, and behind it its arguments")
      ->required()
      ->type_name("");
  // What begins with the program is the program's own, whatever it looks like.
  verb.positionals_at_end();
  verb.add_option("--release", options->release, "Its version, for its crashes")->type_name("NAME");
  verb.add_option("--environment", options->environment, "Where it runs: prod, staging, ...")
      ->type_name("NAME");
  verb.add_option("--env-file", options->env_file, "The file with settings. Default: ./.env")
      ->type_name("PATH");
  verb.add_flag("--slack", options->slack, "Send a message to Slack if it crashes or is killed");
  verb.add_flag("--email", options->email, "Send an e-mail if it crashes or is killed");
  verb.add_flag("--children", options->with_children, "Programs that it starts get handlers, too");
  verb.add_flag("--no-handlers", options->no_handlers, "Only wait for it, and record its end");
  verb.add_flag("--quiet", options->quiet, "Say nothing about crashes on stderr");
  verb.footer(
      "Put -- before PROGRAM. Exit code: the program's; 126 it cannot be run, 127 not found.");
  add_examples(
      verb, {"dblog run -- ./app --port 80", "dblog run --release 1.4 --slack -- python3 job.py"});
}

}  // namespace dblog::tool
