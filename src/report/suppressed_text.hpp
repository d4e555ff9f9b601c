// Why an alert was not sent, in English.
#pragma once

#include <string>

#include "src/sqlite/row.hpp"

namespace dblog::report {

/// Of a row of outbox: "its group is ignored", "slack_environments does not name its environment".
/// Empty if no rule kept it from being sent, or an older version did, which did not note it.
[[nodiscard]] std::string suppressed_text(const sqlite::Row& alert);

}  // namespace dblog::report
