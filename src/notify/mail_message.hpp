// A message as a mail: RFC 5322 headers, a text and an HTML part (MIME), ASCII with CRLF only.
// Called by mail_sender.cpp. Must never let what a message says add a header, nor need 8-bit.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "src/config/settings.hpp"
#include "src/notify/sender.hpp"

namespace dblog::notify {

/// The largest mail; of a longer message the middle is left out, and a line says so.
inline constexpr std::size_t kMaxMailBytes = 1'048'576;

/// At most this many characters of a subject are kept.
inline constexpr std::size_t kMaxMailSubject = 250;

/// "Sun, 22 Nov 2026 10:42:23 +0000", in local time; never in the program's language.
[[nodiscard]] std::string mail_date(std::time_t time);

/// The whole mail, ready for DATA except for dot-stuffing, which is the transport's job. Addresses
/// in `settings` are valid and ASCII. The same Message-ID for the same message.
[[nodiscard]] std::string mail_message(const config::Settings& settings, const Message& message,
                                       std::string_view date);

}  // namespace dblog::notify
