// A few rows at a time, from the lowest ids up: which of them may go, and their going, with all
// that belongs to them.
//
// A row stays whatever the limits say while a message about it waits to be sent, and a message
// while it does, or carries others that do. Ids are in the order in which rows were recorded.
// Used by Pruner. Throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "src/retention/prunable.hpp"

namespace dblog::retention {

/// What is asked of rows that shall go: to be older than a date, or not above an id; or `any`.
struct Wanted {
  std::optional<std::string> before;  ///< Local time, as dates are in the tables.
  /// Only a wrong clock wrote dates after this one. Such rows count as old up to the id of one that
  /// is: ids grow with time. Beyond it, it may be the present clock that is wrong.
  std::string impossible;
  std::optional<std::int64_t> old_up_to;
  std::int64_t up_to_id = std::numeric_limits<std::int64_t>::min();
  bool any = false;
};

/// The rows after an id.
struct Chunk {
  struct Row {
    std::int64_t id = 0;
    bool is_old = false;   ///< Older than Wanted::before, or counts as such.
    bool is_free = false;  ///< Nothing holds it.
    bool goes = false;
    std::int64_t bytes = 0;  ///< About what it takes in the file.
  };
  std::vector<Row> rows;  ///< Ascending by id.

  [[nodiscard]] std::int64_t going() const;
  [[nodiscard]] std::int64_t bytes_going() const;
};

/// At most `limit` rows with ids after `after`, not above `last`.
[[nodiscard]] Chunk scan(SQLite::Database& database, const Source& source, std::int64_t after,
                         std::int64_t last, std::int64_t limit, const Wanted& wanted);

/// Takes away the chunk's rows that are to go. Call it in the transaction that looked.
void remove(SQLite::Database& database, const Source& source, const Chunk& chunk);

/// An id less so much, or the lowest that there can be: anybody may have written a row with any id.
[[nodiscard]] std::int64_t id_below(std::int64_t id, std::int64_t by) noexcept;

/// The lowest and the highest id, if there is a row.
struct Ids {
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
};
[[nodiscard]] std::optional<Ids> ids_of(SQLite::Database& database, const Source& source);

/// The highest id among rows looked at here and there that are older than a date, if one is.
[[nodiscard]] std::optional<std::int64_t> sample_old(SQLite::Database& database,
                                                     const Source& source, Ids ids,
                                                     const std::string& before);

/// About what one row takes in the file; 0 if it is not there.
[[nodiscard]] std::int64_t bytes_of_row(SQLite::Database& database, const Source& source,
                                        std::int64_t id);

/// It is about one table, which was dropped or changed, or has a trigger that will not have it.
[[nodiscard]] bool is_fault_of_table(const SQLite::Exception& failure) noexcept;

/// Others' triggers that run where the source's rows go: "name on table", with commas between.
[[nodiscard]] std::string delete_triggers(SQLite::Database& database, const Source& source);

/// About what all rows of the source take in the file: exact for some thousand rows, else from
/// samples all over the table.
[[nodiscard]] std::int64_t estimate_bytes(SQLite::Database& database, const Source& source);

}  // namespace dblog::retention
