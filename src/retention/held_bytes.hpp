// What of a database cannot go because messages wait to be sent: these, and the rows that they are
// about. An estimate, from some messages of each channel.
// Used by Pruner. Throws SQLite::Exception. Reads only.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <vector>

#include "src/retention/prunable.hpp"

namespace dblog::retention {

[[nodiscard]] std::int64_t held_bytes(SQLite::Database& database,
                                      const std::vector<Source>& sources);

}  // namespace dblog::retention
