// UTF-8: which text is, and how other bytes become it. SQLite's TEXT and everything that is sent to
// people must be UTF-8; messages may be any bytes.
// Must never change valid text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dblog::text {

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` with every byte that is not part of well-formed UTF-8 written as \xNN. NUL is kept. Text
/// that is valid already is moved through, not copied.
[[nodiscard]] std::string as_utf8(std::string text);

/// `text` for one line of people's output: controls become spaces, other bytes and characters that
/// must not be shown as they are become escapes (src/base/visible_text.hpp), and at most
/// `max_characters` are kept, the last of them '…' if something was cut.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t max_characters);

/// The first line that says something; "(no message)" if none does.
[[nodiscard]] std::string_view first_line_with_text(std::string_view text);

}  // namespace dblog::text
