// Letters of ASCII, whatever the locale is: names of settings, tables and keys are compared so.
// Context: crash time.
#pragma once

#include <cstddef>
#include <string_view>

namespace dblog::base {

constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_same_ignoring_case(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  for (std::size_t at = 0; at < left.size(); ++at) {
    if (lower_case(left[at]) != lower_case(right[at])) return false;
  }
  return true;
}

/// A std::string, for instance.
template <class Text>
Text lower_cased(Text text) {
  for (char& c : text) c = lower_case(c);
  return text;
}

}  // namespace dblog::base
