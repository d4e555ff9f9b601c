#include "tools/dblog/verb_advice.hpp"

#include <cstddef>

#include "src/config/spelling.hpp"

namespace dblog::tool {
std::string closest_word(std::string_view given, const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 20;
  std::size_t best = 3;  // more differences are another one
  std::string found;
  if (given.size() > kLongest) return found;
  for (const std::string& word : words) {
    const bool is_beginning = given.size() >= 2 && word.starts_with(given);
    const std::size_t differences = is_beginning ? 0 : config::spelling_distance(given, word);
    if (differences >= best || differences * 2 > word.size()) continue;
    best = differences;
    found = word;
  }
  return found;
}

std::string verb_advice(std::string_view given, const std::vector<std::string>& verbs) {
  std::string all;
  for (const std::string& verb : verbs) all += (all.empty() ? "" : ", ") + verb;
  if (given.empty()) return "a verb is missing: " + all + " (see dblog --help)";
  const std::string verb = closest_word(given, verbs);
  return std::string(given) + ": is no verb" +
         (verb.empty() ? "" : "; did you mean '" + verb + "'?") +
         (verb.empty() ? "; verbs: " : " Verbs: ") + all + " (see dblog --help)";
}

}  // namespace dblog::tool
