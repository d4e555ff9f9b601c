// The header Retry-After (RFC 9110, 10.2.3), from a server that is not trusted.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>

namespace dblog::notify {

/// More than this is taken for a mistake, like anything else that cannot be read.
inline constexpr std::chrono::hours kMaxRetryAfter{7 * 24};

/// Seconds, or a date in RFC 9110's form, seen from `now`. Nothing if it is malformed or over.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                                    std::time_t now);

}  // namespace dblog::notify
