#include "src/report/abort_text.hpp"

#include <cstddef>
#include <string_view>

#include "src/grouping/abort_reason.hpp"

namespace dblog::report {
namespace {

// In the order of AbortCheck.
constexpr std::string_view kGuesses[] = {
    "",
    "a local array was written past its end",
    "an array is too small for its text",
    "the same memory was freed twice",
    "what was freed was never allocated, or memory was overwritten before",
    "memory was overwritten before, perhaps elsewhere"};

}  // namespace

std::string abort_text(const std::string& message, const Frames& frames) {
  const Site site = site_of(frames, Entrance::program_only);
  if (const auto assertion = grouping::read_assertion(message)) {
    std::string words = with_site("an assertion failed", site);
    if (site.empty() && !assertion->place.empty()) words.append(" at ").append(assertion->place);
    return words.append(": ").append(assertion->condition);
  }
  if (message.empty()) return with_site("it called abort()", site);
  const std::string_view guess = kGuesses[static_cast<std::size_t>(grouping::abort_check(message))];
  std::string words = with_site(message, site, After::clause);
  if (!guess.empty()) words.append("; ").append(guess);
  return words;
}

}  // namespace dblog::report
