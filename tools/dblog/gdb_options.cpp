// The command line of `dblog gdb`.
#include <filesystem>
#include <memory>

#include "tools/dblog/gdb.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_gdb(CommandLine& line) {
  const auto options = std::make_shared<GdbOptions>();
  CLI::App& verb = add_database_verb(
      line.app, line, "gdb", "Opens the core of a crash in gdb, if the system kept one",
      [options](const std::filesystem::path& database) { return gdb(database, *options); });
  verb.add_option("ID", options->id, "The crash, as 'dblog list' prints it. Default: last")
      ->type_name("");
  verb.add_option("ARGUMENT", options->arguments, "For gdb")->type_name("");
  verb.add_flag("--print", options->print, "Print the command, start nothing");
  verb.add_option("--core", options->core, "This file, instead of looking for the core")
      ->type_name("FILE")
      ->check(is_not_empty);
  add_env_file(verb, line, options->env_file);
  verb.footer("Put -- before what is for gdb: dblog gdb 7 -- -batch -ex bt");
  add_examples(verb, {"dblog gdb", "dblog gdb 7 -- -batch -ex bt", "dblog gdb --print last"});
}

}  // namespace dblog::tool
