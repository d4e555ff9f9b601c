// Counts of crashes and events, for monitoring. Used by the reader only; throws SQLite::Exception
// to the read connection, which explains it.
#pragma once

#include <SQLiteCpp/Database.h>

#include "src/reader/reader.hpp"

namespace dblog::reader {

Counts read_counts(SQLite::Database& database, const EntryFilter& filter);

}  // namespace dblog::reader
