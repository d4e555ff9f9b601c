// One crash or event with all that belongs to it. Used by Reader.
#pragma once

#include <SQLiteCpp/Database.h>

#include "src/reader/reader.hpp"

namespace dblog::reader {

base::Result<Details> read_core(SQLite::Database& database, const EntryId& id);
base::Result<Details> read_details(SQLite::Database& database, const EntryId& id);

}  // namespace dblog::reader
