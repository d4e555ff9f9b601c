// Makes stored text fit for a terminal. What a crash or an event says may come from an attacker:
// nothing the verbs print may hold a control character, an escape sequence, broken UTF-8 or what
// is not seen, except the newlines and tabs of escape_block(). Called for every stored text in
// readable output. src/base/visible_text.hpp says which characters become what.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dblog::tool {

/// One line: newlines become \n, tabs \t.
std::string escape_line(std::string_view stored);

/// Several lines: newlines are kept, each line starts with `indent`. Ends without a newline.
std::string escape_block(std::string_view stored, std::string_view indent);

/// A text of megabytes is no use on a page: its first `limit` bytes or some fewer, so that no
/// character is cut, and "… 1234 more bytes" with the `advice`. A text that fits, as it is.
std::string shortened(std::string_view stored, std::size_t limit,
                      std::string_view advice = ", --full shows all");

}  // namespace dblog::tool
