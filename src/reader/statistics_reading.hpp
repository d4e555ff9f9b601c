// Numbers about all crashes and events, or those that a filter takes. Used by Reader; throws
// SQLite::Exception to the read connection, which explains it.
#pragma once

#include <SQLiteCpp/Database.h>

#include "src/reader/reader.hpp"

namespace dblog::reader {

Statistics read_statistics(SQLite::Database& database, const StatisticsQuery& query);

}  // namespace dblog::reader
