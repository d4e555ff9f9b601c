// Which process wrote which events, and how far their dates are from UTC, for events that have no
// row in event_stacks: a row for each run of ids, not one for each event.
//
// A run goes on to where the next one of its table begins, so a process that writes alone adds one
// row, whatever it pushes. One that finds that others wrote in between ends its run and begins
// another. Used by the store's connection only. Throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "src/sqlite/table_name.hpp"
#include "src/store/rows.hpp"

namespace dblog::store {

class EventRuns {
 public:
  explicit EventRuns(SQLite::Database& database) : database_(database) {}

  /// Whether events of this origin were added to the table before: the next one needs no row unless
  /// another process came between.
  [[nodiscard]] bool is_going_on(const sqlite::TableName& table, const Origin& origin) const;

  /// Whether an event of that id, and of the origin of the last one, needs no row.
  [[nodiscard]] bool continues(const sqlite::TableName& table, std::int64_t id) const;

  /// The events from `first` to `last` are there, all of this origin, and have no rows of their
  /// own. In their transaction. Nothing without a process.
  void add(const sqlite::TableName& table, std::int64_t first, std::int64_t last,
           const Origin& origin);

  /// An event that says itself where it comes from: the run goes on behind it.
  void pass(const sqlite::TableName& table, std::int64_t id);

  /// Events of a process that is gone: the run is whole.
  void add_whole(const sqlite::TableName& table, std::int64_t first, std::int64_t last,
                 const Origin& origin);

  /// What is known of the table may have been rolled back or changed by others.
  void forget(const sqlite::TableName& table) { runs_.erase(table.text()); }

  /// No more events come from here. In a transaction.
  void end_all();

 private:
  struct Run {
    std::int64_t first;
    std::int64_t last;
    Origin origin;
    bool is_open = true;           // others may follow: the database knows no end of it
    bool was_interrupted = false;  // by others: the next event, too, may need a row
  };

  void insert(const sqlite::TableName& table, std::int64_t first, std::optional<std::int64_t> last,
              const Origin& origin);
  void end(const std::string& table, const Run& run);

  SQLite::Database& database_;
  std::map<std::string, Run, std::less<>> runs_;
  std::optional<SQLite::Statement> insert_, end_;
};

}  // namespace dblog::store
