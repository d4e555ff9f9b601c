// Groups of crashes. Used by Reader.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>
#include <string>

#include "src/reader/reader.hpp"

namespace dblog::reader {

base::Result<Groups> read_groups(SQLite::Database& database, std::int64_t limit);

/// The group's row of crash_group_states.
std::optional<sqlite::Row> read_group_state(SQLite::Database& database,
                                            const std::string& fingerprint);

Group read_group(SQLite::Database& database, const std::string& fingerprint);

}  // namespace dblog::reader
