// Times as people write them on the command line. Pure.
#pragma once

#include <optional>
#include <string>

#include "dblog/event.hpp"

namespace dblog::tool {

/// "2026-02-01", "2026-02-01 12:30", "2026-02-01 12:30:00", with a space or a T between date and
/// time: local time. Nothing for other texts and for dates that no calendar has.
[[nodiscard]] std::optional<Timestamp> parse_local_time(const std::string& text);

/// "90s", "30m", "12h", "3d", "2w": a whole number above 0 and a unit, ten years at most.
[[nodiscard]] std::optional<Timestamp::duration> parse_duration(const std::string& text);

}  // namespace dblog::tool
