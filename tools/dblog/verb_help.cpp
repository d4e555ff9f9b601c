#include "tools/dblog/verb_help.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "tools/dblog/verb_advice.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {
namespace {

std::vector<std::string> names_of_verbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!verb->get_group().empty()) names.push_back(verb->get_name());
  }
  return names;
}

/// What `--help` of a verb prints: {"outbox", "show"}; of the tool if `about` is empty.
Outcome verb_help(const CLI::App& app, const std::vector<std::string>& about) {
  const CLI::App* verb = &app;
  std::string name = app.get_name();
  for (const std::string& word : about) {
    const auto names = names_of_verbs(*verb);
    if (names.empty()) {
      return usage_failure(
          std::string(word).append(": ").append(name).append(" has no verbs of its own"));
    }
    if (std::find(names.begin(), names.end(), word) == names.end()) {
      return usage_failure(verb_advice(word, names));
    }
    verb = verb->get_subcommand(word);
    name += ' ' + word;
  }
  // App::help() would be that of the verb that was given, which is `help`.
  return {ExitCode::done, app.get_formatter()->make_help(verb, name, CLI::AppFormatMode::Normal),
          ""};
}

}  // namespace

std::string way_to_help(const CLI::App& app) {
  std::string words;
  for (auto given = app.get_subcommands(); !given.empty();
       given = given.front()->get_subcommands()) {
    words += ' ' + given.front()->get_name();
  }
  return words.empty() ? "dblog --help" : "dblog help" + words;
}

std::string advice_on_option(const CLI::App& app) {
  const CLI::App* verb = &app;
  while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::Option* option : verb->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const std::string& given : app.remaining(true)) {
    const std::string meant = closest_word(given.substr(0, given.find('=')), names);
    if (given.starts_with("--") && !meant.empty()) return "; did you mean '" + meant + "'?";
  }
  return "";
}

std::optional<std::string> advice_on_verb(const CLI::App& app) {
  const auto given = app.get_subcommands();
  if (!given.empty() && names_of_verbs(*given.front()).empty()) return std::nullopt;
  if (!given.empty()) return advice_on_verb(*given.front());
  const std::vector<std::string> rest = app.remaining();
  const bool needs_verb = app.get_require_subcommand_min() > 0;
  if (rest.empty() ? !needs_verb : rest.front().starts_with('-')) return std::nullopt;
  return verb_advice(rest.empty() ? "" : rest.front(), names_of_verbs(app));
}

void describe_help(CommandLine& line) {
  const auto about = std::make_shared<std::vector<std::string>>();
  CLI::App& verb = add_verb(line.app, line, "help", "What there is, or what a verb takes",
                            [&line, about](const std::filesystem::path& /*database*/) {
                              return verb_help(line.app, *about);
                            });
  line.unscrubbed_verbs.push_back(&verb);
  verb.add_option("VERB", *about, "list, outbox show, ...")->type_name("");
  add_examples(verb, {"dblog help", "dblog help outbox show"});
}

}  // namespace dblog::tool
