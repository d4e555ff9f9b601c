// The newest entries of one table or of all. Used by Reader.
#pragma once

#include <SQLiteCpp/Database.h>

#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::reader {

base::Result<std::vector<Entry>> read_newest(SQLite::Database& database, const ListQuery& query);

}  // namespace dblog::reader
