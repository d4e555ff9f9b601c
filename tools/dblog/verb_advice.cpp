#include "tools/dblog/verb_advice.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace dblog::tool {
namespace {

/// How many letters must be put in, left out, exchanged or swapped with their neighbour (optimal
/// string alignment).
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::vector<std::size_t>> cost(left.size() + 1,
                                             std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = 0; i <= left.size(); ++i) cost[i][0] = i;
  std::iota(cost[0].begin(), cost[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const bool is_same = left[i - 1] == right[j - 1];
      cost[i][j] = std::min(
          {cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (is_same ? 0 : 1)});
      const bool is_swapped =
          i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (is_swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[left.size()][right.size()];
}

std::string closest(std::string_view given, const std::vector<std::string>& verbs) {
  constexpr std::size_t kLongest = 20;
  std::size_t best = 3;  // more differences are another word
  std::string found;
  if (given.size() > kLongest) return found;
  for (const std::string& verb : verbs) {
    const bool is_beginning = given.size() >= 2 && verb.starts_with(given);
    const std::size_t differences = is_beginning ? 0 : distance(given, verb);
    if (differences >= best || differences * 2 > verb.size()) continue;
    best = differences;
    found = verb;
  }
  return found;
}

}  // namespace

std::string verb_advice(std::string_view given, const std::vector<std::string>& verbs) {
  std::string all;
  for (const std::string& verb : verbs) all += (all.empty() ? "" : ", ") + verb;
  if (given.empty()) return "a verb is missing: " + all + " (see dblog --help)";
  const std::string verb = closest(given, verbs);
  return std::string(given) + ": is no verb" +
         (verb.empty() ? "" : "; did you mean '" + verb + "'?") +
         (verb.empty() ? "; verbs: " : " Verbs: ") + all + " (see dblog --help)";
}

}  // namespace dblog::tool
