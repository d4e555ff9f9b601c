// The words of outbox.suppressed_by: the rule by which an alert is not sent.
#pragma once

#include <string_view>

namespace dblog::schema {

inline constexpr std::string_view kSuppressedByIgnored = "ignored";  ///< Its crash's group is.
inline constexpr std::string_view kSuppressedByMuted = "muted";      ///< Likewise.
/// The settings slack_environments or mail_environments do not name its program's.
inline constexpr std::string_view kSuppressedByEnvironment = "environment";

}  // namespace dblog::schema
