#include "src/report/abort_words.hpp"

#include <initializer_list>
#include <string_view>

namespace dblog::report {
namespace {

struct Assertion {
  std::string place;  ///< "src/m.cpp:12"
  std::string condition;
};

// glibc's assert(): "app: src/m.cpp:12: int f(int): Assertion `x > 0' failed."
bool read_assertion(const std::string& message, Assertion& assertion) {
  constexpr std::string_view kWord = "Assertion `";
  constexpr std::string_view kEnd = "' failed.";
  const std::size_t start = message.find(kWord);
  const std::size_t end = message.rfind(kEnd);
  if (start == std::string::npos || end == std::string::npos || end < start + kWord.size()) {
    return false;
  }
  assertion.condition = message.substr(start + kWord.size(), end - start - kWord.size());
  const std::size_t program = message.find(": ");
  const std::size_t file = message.find(": ", program + 2);
  if (file < start) assertion.place = message.substr(program + 2, file - program - 2);
  return true;
}

bool has_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

// The C library's own checks, glibc's malloc/malloc.c and debug/.
std::string_view guess_of(const std::string& message) {
  if (has_one_of(message, {"stack smashing"})) return "a local array was written past its end";
  if (has_one_of(message, {"buffer overflow detected"}))
    return "an array is too small for its text";
  if (has_one_of(message, {"double free"})) return "the same memory was freed twice";
  if (has_one_of(message, {"free(): invalid", "munmap_chunk(): invalid"})) {
    return "what was freed was never allocated, or memory was overwritten before";
  }
  if (has_one_of(message, {"corrupted", "malloc():", "malloc_consolidate():", "free():",
                           "realloc():", "corruption"})) {
    return "memory was overwritten before, perhaps elsewhere";
  }
  return "";
}

}  // namespace

std::string abort_words(const std::string& message, const Frames& frames) {
  const std::string site = site_words(frames, Entrance::program_only);
  const std::string where = site.empty() ? "" : " " + site;
  Assertion assertion;
  if (read_assertion(message, assertion)) {
    const std::string place =
        site.empty() && !assertion.place.empty() ? " at " + assertion.place : where;
    return "an assertion failed" + place + ": " + assertion.condition;
  }
  if (message.empty() || message == "abort() called") return "it called abort()" + where;
  const std::string_view guess = guess_of(message);
  std::string words = message + (where.empty() ? "" : "," + where);
  if (!guess.empty()) words.append("; ").append(guess);
  return words;
}

}  // namespace dblog::report
