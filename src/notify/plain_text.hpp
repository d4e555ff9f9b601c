// Text for people on its way out: what may be in it, how long it is, how it is cut.
// Used for Slack's blocks and for mails. Must never cut a character, nor hide that it cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dblog::notify {

/// UTF-8 with '\n' as its only line break and no control characters except '\n' and '\t': bytes
/// that are not UTF-8, controls, and characters that are not seen are written as escapes
/// (src/base/visible_text.hpp).
[[nodiscard]] std::string sendable_text(std::string_view text);

/// The same on one line, at most `max_characters` long, the last of them '…' if it was cut.
[[nodiscard]] std::string sendable_line(std::string_view text, std::size_t max_characters);

/// What a character costs of a limit.
using Cost = std::size_t (*)(char32_t character, std::size_t bytes);

[[nodiscard]] std::size_t byte_cost(char32_t character, std::size_t bytes);

/// What the whole text costs. Texts are UTF-8 here and below.
[[nodiscard]] std::size_t total_cost(std::string_view text, Cost cost);

/// How many bytes of the front cost no more than `limit`; whole characters.
[[nodiscard]] std::size_t prefix_within(std::string_view text, std::size_t limit, Cost cost);

/// `text`, or its beginning and its end (where the facts stand) with a line between them that says
/// so, all within `limit`, which is at least 1,000.
[[nodiscard]] std::string cut_middle(std::string text, std::size_t limit, Cost cost);

}  // namespace dblog::notify
