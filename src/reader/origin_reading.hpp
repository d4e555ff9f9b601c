// Which process wrote crashes and events, and how far their dates are from UTC. Used by the
// reader's parts; throws SQLite::Exception to the read connection, which explains it.
#pragma once

#include <SQLiteCpp/Database.h>

#include <span>
#include <string>

#include "src/reader/reader.hpp"

namespace dblog::reader {

/// Fills `process` and `utc_offset` of those of which they are known.
void add_origins(SQLite::Database& database, std::span<Entry> entries);

/// What in SQL is the key of dblog_processes for an event; `table` and `id` are SQL, too. NULL
/// where the database does not have it.
[[nodiscard]] std::string process_of_event_sql(SQLite::Database& database, const std::string& table,
                                               const std::string& id);

/// The same for how far the event's date is from UTC, in seconds.
[[nodiscard]] std::string utc_offset_of_event_sql(SQLite::Database& database,
                                                  const std::string& table, const std::string& id);

/// The process of a row of `crashes`.
[[nodiscard]] std::string process_of_crash_sql(SQLite::Database& database);

}  // namespace dblog::reader
