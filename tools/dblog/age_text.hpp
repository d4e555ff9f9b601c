// How long ago a time was, for people at a terminal. Pure: the caller says what time it is.
#pragma once

#include <optional>
#include <string>

#include "dblog/event.hpp"

namespace dblog::tool {

/// "59 s", "5 min", "3 h", "12 days", rounded down; "in 5 min" if it is still to come. `time` is as
/// report::time_text() gives it. Empty without its distance from UTC: whose time it is, is not
/// known.
[[nodiscard]] std::string age_text(const std::string& time, Timestamp now);

/// `time` with that behind it: "2026-11-30 10:00:00 +01:00 (5 min ago)". Without `now` only `time`.
[[nodiscard]] std::string with_age(const std::string& time, std::optional<Timestamp> now);

}  // namespace dblog::tool
