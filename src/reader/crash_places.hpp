// In which function crashes of a list happened, as their groups are named. Used by the reader's
// parts; throws SQLite::Exception to the read connection, which explains it.
#pragma once

#include <SQLiteCpp/Database.h>

#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::reader {

/// Fills `place` of those that are crashes and have a group.
void add_places(SQLite::Database& database, std::vector<Entry>& entries);

/// Fills `group_state` of those.
void add_group_states(SQLite::Database& database, std::vector<Entry>& entries);

}  // namespace dblog::reader
