#include "src/grouping/abort_reason.hpp"

#include <algorithm>
#include <initializer_list>

#include "src/schema/crash_facts.hpp"

namespace dblog::grouping {
namespace {

bool has_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.find(word) != text.npos; });
}

}  // namespace

bool has_abort_message(std::string_view cause, bool has_sender) {
  return cause == word_of(schema::Cause::abort_message) || (cause.empty() && !has_sender);
}

std::optional<Assertion> read_assertion(std::string_view message) {
  constexpr std::string_view kWord = "Assertion `";
  constexpr std::string_view kEnd = "' failed.";
  const std::size_t start = message.find(kWord);
  const std::size_t end = message.rfind(kEnd);
  if (start == message.npos || end == message.npos || end < start + kWord.size()) {
    return std::nullopt;
  }
  Assertion assertion;
  assertion.condition = message.substr(start + kWord.size(), end - start - kWord.size());
  const std::size_t program = message.find(": ");
  const std::size_t file = message.find(": ", program + 2);
  if (file < start) assertion.place = message.substr(program + 2, file - program - 2);
  return assertion;
}

AbortCheck abort_check(std::string_view message) {
  if (has_one_of(message, {"stack smashing"})) return AbortCheck::stack_smashing;
  if (has_one_of(message, {"buffer overflow detected"})) return AbortCheck::buffer_overflow;
  if (has_one_of(message, {"double free"})) return AbortCheck::double_free;
  if (has_one_of(message, {"free(): invalid", "munmap_chunk(): invalid"})) {
    return AbortCheck::bad_free;
  }
  const bool is_overwritten = has_one_of(
      message,
      {"corrupted", "malloc():", "malloc_consolidate():", "free():", "realloc():", "corruption"});
  return is_overwritten ? AbortCheck::overwritten : AbortCheck::none;
}

}  // namespace dblog::grouping
