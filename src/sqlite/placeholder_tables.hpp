// For readers of databases of an older layout.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

namespace dblog::sqlite {

/// The database is read as if it had the tables of ours that it lacks, empty: they are put beside
/// it, in memory. Throws SQLite::Exception.
void add_placeholder_tables(SQLite::Database& database);

/// The same for columns that a table of ours lacks: they read as NULL. Then it cannot be written.
void add_placeholder_columns(SQLite::Database& database, const std::string& table);

}  // namespace dblog::sqlite
