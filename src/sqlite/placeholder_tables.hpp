// For readers of databases of an older layout.
#pragma once

#include <SQLiteCpp/Database.h>

namespace dblog::store {

/// The database is read as if it had the tables of ours that it lacks, empty: they are put beside
/// it, in memory. Throws SQLite::Exception.
void stand_in_for_missing_tables(SQLite::Database& database);

}  // namespace dblog::store
