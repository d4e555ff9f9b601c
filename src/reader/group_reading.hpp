// Groups of crashes. Used by Reader.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

#include "src/reader/reader.hpp"

namespace dblog::reader {

base::Result<Groups> read_groups(SQLite::Database& database, std::int64_t limit);

base::Result<std::string> find_fingerprint(SQLite::Database& database,
                                           const std::string& beginning);

Group read_group(SQLite::Database& database, const std::string& fingerprint);

}  // namespace dblog::reader
