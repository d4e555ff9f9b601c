#include "tools/dblog/verb_help.hpp"

#include <algorithm>

#include "tools/dblog/verb_advice.hpp"

namespace dblog::tool {
namespace {

std::vector<std::string> names_of_verbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

}  // namespace

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

std::optional<std::string> advice_on_verb(const CLI::App& app) {
  const auto given = app.get_subcommands();
  if (!given.empty() && names_of_verbs(*given.front()).empty()) return std::nullopt;
  if (!given.empty()) return advice_on_verb(*given.front());
  const std::vector<std::string> rest = app.remaining();
  const bool is_top = app.get_parent() == nullptr;
  if (rest.empty() ? !is_top : rest.front().starts_with('-')) return std::nullopt;
  return verb_advice(rest.empty() ? "" : rest.front(), names_of_verbs(app));
}

}  // namespace dblog::tool
