// Makes stored text fit for a terminal. What a crash or an event says may come from an attacker:
// nothing the verbs print may hold a control character, an escape sequence or broken UTF-8, but
// for the newlines and tabs of escape_block(). Called for every stored text in readable output.
//
// ESC becomes \x1b, a byte that is not UTF-8 \xff, an invisible character that changes how others
// are shown (C1 controls, right-to-left overrides, line separators) \u202e. A backslash stays one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dblog::tool {

/// One line: newlines become \n, tabs \t.
std::string escape_line(std::string_view stored);

/// Several lines: newlines are kept, each line starts with `indent`. Ends without a newline.
std::string escape_block(std::string_view stored, std::string_view indent);

/// A text of megabytes helps nobody on a page: its first `limit` bytes or some fewer, so that no
/// character is cut, and "… 1234 more bytes, --full shows all". A text that fits, as it is.
std::string shortened(std::string_view stored, std::size_t limit);

/// The character at the start of `text`, and how many bytes it takes; 0 bytes if it is not UTF-8.
struct Utf8Character {
  char32_t code_point = 0;
  std::size_t size = 0;
};
Utf8Character decode_utf8(std::string_view text) noexcept;

}  // namespace dblog::tool
