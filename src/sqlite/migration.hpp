// Brings a database to the layout of src/schema/schema.hpp.
// Done once per opened connection.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>

#include "src/sqlite/retry_backoff.hpp"

namespace dblog::sqlite {

/// An empty file and one of the older project get dblog's tables, in one transaction, and the
/// write-ahead log. A current one is left alone, except that dropped tables of ours are made again.
/// Throws StoreError for a newer schema, which stays untouched, with not_found for a file that was
/// moved meanwhile (close it without a checkpoint), and SQLite::Exception.
void bring_up_to_date(SQLite::Database& database, const std::string& path, RetryBackoff& backoff);

/// The first of dblog's tables that is a view, a virtual table, or has computed columns in this
/// database: what stands there is not read but computed, with any effort. Nothing if none is.
[[nodiscard]] std::optional<std::string> find_odd_table(SQLite::Database& database);

}  // namespace dblog::sqlite
