// Looks for words in what was recorded.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace dblog::grouping {

inline bool has_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.find(word) != text.npos; });
}

}  // namespace dblog::grouping
