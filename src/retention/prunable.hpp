// Which rows of a database may be taken away, and which never.
//
// Ours are the tables of the schema, and tables of events exactly as dblog and the older project
// make them. Everything else in the file is foreign, and so is a table of events that has
// triggers, or to which another table's foreign keys point.
// Throws SQLite::Exception. Reads only.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dblog::retention {

enum class Kind {
  sent,      ///< messages that were sent, in `outbox`
  events,    ///< a user's table
  hardware,  ///< `hw_logs`, except the rows that a crash names
  dead,      ///< messages that will not be tried again, in `outbox`
  crashes,
};

/// Rows of one kind in one table.
struct Source {
  Kind kind;
  std::string table;
  /// How other tables write its name: SQLite does not tell the case of ASCII letters apart in the
  /// names of tables, but does in texts.
  std::vector<std::string> in_outbox, in_event_parts;
};

/// In the order in which they make room: what is told elsewhere first, crashes last.
[[nodiscard]] std::vector<Source> find_sources(SQLite::Database& database);

/// Looks up again how other tables write the source's name: a few looks into indexes. What comes
/// after it needs the same transaction, since messages may be written at any time.
void find_spellings(SQLite::Database& database, Source& source);

/// Changes whenever a table is made or dropped.
[[nodiscard]] std::int64_t schema_cookie(SQLite::Database& database);

[[nodiscard]] std::vector<std::string> foreign_tables(SQLite::Database& database,
                                                      const std::vector<Source>& sources);

/// What these tables and their indexes take. Looks at each of their pages. Nothing if this SQLite
/// cannot tell (it lacks the table dbstat).
[[nodiscard]] std::optional<std::int64_t> bytes_of_tables(SQLite::Database& database,
                                                          const std::vector<std::string>& tables);

/// A CREATE TABLE statement of the layout (id, msg, date), as dblog and the older project write it.
[[nodiscard]] bool is_event_layout(std::string_view sql);

}  // namespace dblog::retention
