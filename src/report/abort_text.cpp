#include "src/report/abort_text.hpp"

#include <string_view>

#include "src/grouping/abort_reason.hpp"

namespace dblog::report {
namespace {

std::string_view guess_of(const std::string& message) {
  using grouping::AbortCheck;
  switch (grouping::abort_check(message)) {
    case AbortCheck::stack_smashing:
      return "a local array was written past its end";
    case AbortCheck::buffer_overflow:
      return "an array is too small for its text";
    case AbortCheck::double_free:
      return "the same memory was freed twice";
    case AbortCheck::bad_free:
      return "what was freed was never allocated, or memory was overwritten before";
    case AbortCheck::overwritten:
      return "memory was overwritten before, perhaps elsewhere";
    case AbortCheck::none:
      break;
  }
  return "";
}

}  // namespace

std::string abort_text(const std::string& message, const Frames& frames) {
  const Site site = site_of(frames, Entrance::program_only);
  if (const auto assertion = grouping::read_assertion(message)) {
    std::string words = with_site("an assertion failed", site);
    if (site.empty() && !assertion->place.empty()) words.append(" at ").append(assertion->place);
    return words.append(": ").append(assertion->condition);
  }
  if (message.empty()) return with_site("it called abort()", site);
  const std::string_view guess = guess_of(message);
  std::string words = with_site(message, site, After::clause);
  if (!guess.empty()) words.append("; ").append(guess);
  return words;
}

}  // namespace dblog::report
