// The encodings of mail: whatever goes in, what comes out is ASCII in short lines.
// Used by mail_message.cpp; base64 by secret_mask.cpp too. Texts are UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace dblog::notify {

/// With padding, on one line.
[[nodiscard]] std::string base64(std::string_view bytes);

/// A text body (RFC 2045, 6.7): line breaks '\n' become CRLF, lines are 76 characters at most, no
/// line starts with a dot or with "From ".
[[nodiscard]] std::string quoted_printable(std::string_view text);

/// The value of an unstructured header or a display name without quotes (RFC 2047): as it is if
/// that is short printable ASCII, else encoded words, a line each, that cut no character.
[[nodiscard]] std::string header_text(std::string_view text);

/// A display name for an address: header_text(), or in quotes where ASCII needs them.
[[nodiscard]] std::string header_phrase(std::string_view text);

}  // namespace dblog::notify
