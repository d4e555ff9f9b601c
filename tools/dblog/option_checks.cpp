#include "tools/dblog/option_checks.hpp"

#include <charconv>
#include <cstdint>
#include <sstream>
#include <string_view>
#include <system_error>

#include "tools/dblog/symbol_settings.hpp"

namespace dblog::tool {
namespace {

// CLI11 keeps a name for each check, of which it makes no use in --help.
constexpr std::string_view kOffers = "offers ";

}  // namespace

std::string is_not_empty(const std::string& text) { return text.empty() ? "it is empty" : ""; }

std::string is_above_zero(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  const bool is_usable = failure == std::errc{} && stop == end && number > 0;
  return is_usable ? "" : text + " is not a whole number above 0, or too large";
}

std::string is_directory(const std::string& text) {
  const std::string problem = directory_problem(text);
  return problem.empty() ? "" : text + ": " + problem;
}

CLI::Validator offers(const std::vector<std::string>& words) {
  std::string name{kOffers};
  for (const std::string& word : words) name += word + ' ';
  return {[](std::string&) { return std::string(); }, "", name};
}

std::vector<std::string> offered_values(CLI::Option& option) {
  std::vector<std::string> words;
  try {
    for (int i = 0; words.empty(); ++i) {
      const std::string name = option.get_validator(i)->get_name();
      if (!name.starts_with(kOffers)) continue;
      std::istringstream text(name.substr(kOffers.size()));
      for (std::string word; text >> word;) words.push_back(word);
    }
  } catch (const CLI::OptionNotFound&) {  // the end of the checks
  }
  return words;
}

}  // namespace dblog::tool
