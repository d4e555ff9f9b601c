// Severity, fields and tags of events. Used by the reader's parts; throws SQLite::Exception to the
// read connection, which explains it.
#pragma once

#include <SQLiteCpp/Database.h>

#include <span>

#include "src/reader/reader.hpp"

namespace dblog::reader {

/// Fills `facts` of those that are events.
void add_facts(SQLite::Database& database, std::span<Entry> entries);

}  // namespace dblog::reader
