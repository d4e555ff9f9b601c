// What a person names by the beginning of a UUID or a fingerprint, as they are printed. Used by
// Reader.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/result.hpp"

namespace dblog::reader {

/// Whether a UUID may begin so.
bool is_uuid_beginning(std::string_view name);

/// The id of the crash that `name` means: an id ("7", "crashes/7"), the beginning of a UUID, or
/// that of a group's fingerprint, which means its newest crash. Fails with not_found, and with
/// invalid_argument if several crashes begin so: the error names them.
base::Result<std::int64_t> find_crash(SQLite::Database& database, const std::string& name);

/// The fingerprint that `name` means: its beginning, or a crash, named as above, of that group.
/// Fails likewise.
base::Result<std::string> find_fingerprint(SQLite::Database& database, const std::string& name);

}  // namespace dblog::reader
