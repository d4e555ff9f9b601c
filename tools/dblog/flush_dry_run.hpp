// dblog flush --dry-run: what would be sent, and what would keep it from being sent. Called by
// flush(). Changes nothing, and talks to no server.
#pragma once

#include <filesystem>

#include "tools/dblog/flush.hpp"

namespace dblog::tool {

Outcome flush_dry_run(const std::filesystem::path& database, const FlushOptions& options,
                      const FlushParts& parts);

}  // namespace dblog::tool
