// The command line of `dblog doctor`.
#include <filesystem>
#include <memory>

#include "tools/dblog/doctor.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_doctor(CommandLine& line) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App& verb = add_database_verb(
      line.app, line, "doctor",
      "Whether a crash here would be recorded, get its names, and be sent",
      [options](const std::filesystem::path& database) { return doctor(database, *options); });
  line.unscrubbed_verbs.push_back(&verb);
  auto* program =
      verb.add_option("PROGRAM", options->command,
                      "A program that is looked at, not started; arguments are ignored");
  program->type_name("");
  // What begins with the program is the program's own, whatever it looks like.
  verb.positionals_at_end();
  verb.add_option("--pid", options->process, "A process that is looked at")
      ->type_name("PID")
      ->check(is_above_zero)
      ->excludes(program);
  add_env_file(verb, line, options->env_file);
  add_json(verb, line, options->json, "One object");
  verb.footer("Put -- before PROGRAM. Exit code: 0 no problem, 1 a problem.");
  add_examples(verb, {"dblog doctor", "dblog doctor --pid 4711", "dblog doctor -- ./app"});
}

}  // namespace dblog::tool
