#include "tools/dblog/verb_options.hpp"

#include <utility>

#include "tools/dblog/option_checks.hpp"

namespace dblog::tool {

CLI::App& add_verb(CLI::App& parent, CommandLine& line, const char* name, const char* what,
                   VerbAction action) {
  CLI::App& verb = *parent.add_subcommand(name, what);
  verb.callback([&line, action = std::move(action)] { line.action = action; });
  return verb;
}

CLI::App& add_database_verb(CLI::App& parent, CommandLine& line, const char* name, const char* what,
                            VerbAction action) {
  CLI::App& verb = add_verb(parent, line, name, what, std::move(action));
  add_database_option(verb, line);
  return verb;
}

void add_examples(CLI::App& verb, const std::vector<std::string>& command_lines) {
  std::string text = "Examples:\n";
  for (const std::string& one : command_lines) text += "  " + one + '\n';
  verb.footer(text + '\n' + verb.get_footer());
}

CLI::Option* add_database_option(CLI::App& verb, CommandLine& line) {
  return verb.add_option("--db", line.database, "The database. Default: $DBLOG_DB, else ./LOGS.db")
      ->type_name("PATH")
      ->check(is_not_empty);
}

CLI::Option* add_limit(CLI::App& verb, std::int64_t& limit) {
  return verb.add_option("--limit", limit, "How many at most. Default: 20")
      ->type_name("N")
      ->check(is_above_zero);
}

CLI::Option* add_env_file(CLI::App& verb, CommandLine& line, std::string& env_file) {
  line.env_files.push_back(&env_file);
  return verb.add_option("--env-file", env_file, "The file with settings. Default: ./.env")
      ->type_name("PATH")
      ->check(is_not_empty);
}

CLI::Option* add_json(CLI::App& verb, CommandLine& line, bool& json, const char* what) {
  line.json_flags.push_back(&json);
  return verb.add_flag("--json", json, what);
}

}  // namespace dblog::tool
