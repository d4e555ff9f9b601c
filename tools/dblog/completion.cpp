#include "tools/dblog/completion.hpp"

#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {
namespace {

/// Where on the command line one is.
struct Place {
  CLI::App* verb = nullptr;
  CLI::Option* awaits_value = nullptr;  ///< The option before takes one.
  std::size_t positionals = 0;          ///< That the verb has already.
  bool options_are_over = false;
};

bool takes_value(const CLI::Option& option) { return option.get_expected_min() > 0; }

CLI::Option* find_option(CLI::App& verb, const std::string& name) {
  return name.starts_with('-') ? verb.get_option_no_throw(name) : nullptr;
}

CLI::App* find_verb(CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](CLI::App* verb) { return verb->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

// `run` stops at the program, whose options are its own.
void take_word(Place& place, const std::string& word) {
  if (std::exchange(place.awaits_value, nullptr) != nullptr) return;
  if (place.options_are_over || !word.starts_with('-')) {
    CLI::App* below = place.options_are_over ? nullptr : find_verb(*place.verb, word);
    if (below != nullptr) {
      place = {below};
    } else {
      ++place.positionals;
      place.options_are_over = place.options_are_over || place.verb->get_positionals_at_end();
    }
    return;
  }
  if (word == "--") {
    place.options_are_over = true;
  } else if (CLI::Option* option = find_option(*place.verb, word)) {
    if (takes_value(*option)) place.awaits_value = option;
  }
}

Place find_place(CLI::App& app, const std::vector<std::string>& words) {
  Place place{&app};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const bool is_sign = words[i] == "=" && place.awaits_value != nullptr;
    if (!is_sign) take_word(place, words[i]);
  }
  return place;
}

class Suggestions {
 public:
  explicit Suggestions(std::string typed) : typed_(std::move(typed)) {}

  void add(const std::string& word, std::string what) {
    if (word.starts_with(typed_)) all_.push_back({word, std::move(what)});
  }

  /// `before` stands before the value in the same word: "--kind=".
  void add_values(CLI::Option& option, const std::string& before) {
    for (const std::string& word : offered_values(option)) add(before + word, "");
    const std::string type = option.get_type_name();
    if (type == "PATH" || type == "FILE") all_.push_back({kFiles, ""});
    if (type == "DIR") all_.push_back({kDirectories, ""});
  }

  void add_verbs(CLI::App& app) {
    for (const CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) {
      if (!verb->get_group().empty()) add(verb->get_name(), verb->get_description());
    }
  }

  void add_options(const CLI::App& verb) {
    for (const CLI::Option* option : verb.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        add("--" + name, option->get_description());
      }
    }
  }

  void add_positional(CLI::App& app, const Place& place) {
    for (const CLI::Option* option : place.verb->get_options()) {
      if (!option->get_positional()) continue;
      const std::string& name = option->get_name();
      if (name == "PROGRAM") all_.push_back({place.positionals == 0 ? kPrograms : kFiles, ""});
      if (name == "SOURCE") all_.push_back({kFiles, ""});
      if (name == "VERB") add_verbs(app);
      if (name == "ID" && place.verb->get_name() == "show") add("last", "the newest crash");
    }
  }

  std::vector<Suggestion> take() { return std::move(all_); }

 private:
  const std::string typed_;
  std::vector<Suggestion> all_;
};

}  // namespace

std::vector<Suggestion> complete(CLI::App& app, const std::vector<std::string>& words) {
  const std::string typed = words.empty() ? "" : words.back();
  const Place place = find_place(app, words);
  Suggestions found(typed);
  const std::size_t sign = typed.find('=');
  if (place.awaits_value != nullptr) {
    found.add_values(*place.awaits_value, "");
  } else if (!place.options_are_over && typed.starts_with("--") && sign != typed.npos) {
    CLI::Option* option = find_option(*place.verb, typed.substr(0, sign));
    if (option != nullptr) found.add_values(*option, typed.substr(0, sign + 1));
  } else if (!place.options_are_over && typed.starts_with('-')) {
    found.add_options(*place.verb);
  } else {
    if (!place.options_are_over) found.add_verbs(*place.verb);
    found.add_positional(app, place);
  }
  return found.take();
}

/// For the shells' scripts: it has no group, so that no --help shows it.
void describe_complete(CommandLine& line) {
  const auto words = std::make_shared<std::vector<std::string>>();
  CLI::App& verb = add_verb(line.app, line, "complete", "What can follow the words, for the shells",
                            [&line, words](const std::filesystem::path& /*database*/) {
                              Outcome outcome;
                              for (const Suggestion& found : complete(line.app, *words)) {
                                outcome.output += found.word + '\t' + found.what + '\n';
                              }
                              return outcome;
                            });
  verb.group("");
  line.unscrubbed_verbs.push_back(&verb);
  verb.add_option("WORD", *words, "Those behind 'dblog'; the last is being typed")->type_name("");
  verb.positionals_at_end();
}

}  // namespace dblog::tool
