// What is well-formed UTF-8.
// Context: crash time. Pure; ordinary code uses it too.
#pragma once

#include <cstddef>
#include <string_view>

namespace dblog::base {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< 0: the front of the text is no well-formed UTF-8
};

/// The first character of a text; of an empty one, none. Overlong forms, surrogates and values
/// beyond U+10FFFF are not well-formed (Unicode, table 3-7).
[[nodiscard]] CodePoint first_code_point(std::string_view text) noexcept;

/// The beginning of a text: `most` bytes, or up to three fewer where that would cut a character.
[[nodiscard]] std::string_view whole_characters(std::string_view text, std::size_t most) noexcept;

}  // namespace dblog::base
