// What a report shows besides its entries. Used by Reader and its parts; throws SQLite::Exception
// to the read connection, which explains it.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::reader {

Overview read_overview(SQLite::Database& database);

/// As Overview has them, of the processes that `filter` takes by when they started, by release and
/// by environment.
std::vector<sqlite::Row> read_releases(SQLite::Database& database, const EntryFilter& filter,
                                       bool& is_truncated);

std::vector<sqlite::Row> read_hardware_around(SQLite::Database& database, const std::string& date);

}  // namespace dblog::reader
