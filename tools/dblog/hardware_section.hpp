// The hardware section of a page: hw_logs and hw_details with units that people read.
#pragma once

#include <optional>

#include "src/sqlite/row.hpp"
#include "tools/dblog/page_text.hpp"

namespace dblog::tool {

/// `log` is a row of hw_logs, `details` what hw_details has beside it.
/// CPU and memory of a row of hw_logs, in a few words; empty if neither is known.
std::string hardware_text(const sqlite::Row& log);

void add_hardware(PageText& page, const sqlite::Row& log,
                  const std::optional<sqlite::Row>& details);

}  // namespace dblog::tool
