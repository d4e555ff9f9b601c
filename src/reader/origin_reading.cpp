#include "src/reader/origin_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>

#include "src/sqlite/row_reading.hpp"

namespace dblog::reader {
namespace {

class OriginReader {
 public:
  explicit OriginReader(SQLite::Database& database) {
    if (!sqlite::has_table(database, "dblog_processes", "environment")) return;
    process_.emplace(database, "SELECT * FROM dblog_processes WHERE id = ?1");
    if (sqlite::has_table(database, "event_stacks", "process_id")) {
      of_stack_.emplace(database,
                        "SELECT process_id, utc_offset FROM event_stacks WHERE source_table = ?1 "
                        "AND source_id = ?2");
    }
    if (sqlite::has_table(database, "dblog_event_runs", "process_id")) {
      of_run_.emplace(database,
                      "SELECT process_id, utc_offset FROM (SELECT * FROM dblog_event_runs WHERE "
                      "source_table = ?1 AND first_id <= ?2 ORDER BY first_id DESC LIMIT 1) WHERE "
                      "coalesce(last_id, ?2) >= ?2");
    }
    if (sqlite::has_table(database, "hw_details", "utc_offset")) {
      of_hardware_.emplace(database, "SELECT utc_offset FROM hw_details WHERE hw_log_id = ?1");
    }
  }

  void add_to(Entry& entry) {
    const auto origin = origin_of(entry);
    if (!origin) return;
    entry.utc_offset = origin->integer("utc_offset");
    const auto id = origin->integer("process_id");
    if (!process_ || !id) return;
    process_->reset();
    process_->bind(1, *id);
    entry.process = sqlite::first_row(*process_);
  }

 private:
  using Statement = std::optional<SQLite::Statement>;

  // A row with utc_offset and process_id; of hardware, the first alone.
  std::optional<sqlite::Row> origin_of(const Entry& entry) {
    if (entry.is_crash) return entry.row;
    if (entry.is_hardware) {
      if (!of_hardware_) return std::nullopt;
      of_hardware_->reset();
      of_hardware_->bind(1, entry.id.id);
      return sqlite::first_row(*of_hardware_);
    }
    const auto of_stack = origin_in(of_stack_, entry.id);
    const bool is_known = of_stack && of_stack->integer("process_id");
    return is_known ? of_stack : origin_in(of_run_, entry.id);
  }

  static std::optional<sqlite::Row> origin_in(Statement& statement, const EntryId& id) {
    if (!statement) return std::nullopt;
    statement->reset();
    statement->bind(1, id.table);
    statement->bind(2, id.id);
    return sqlite::first_row(*statement);
  }

  Statement process_, of_stack_, of_run_, of_hardware_;
};

}  // namespace

namespace {

// `column` as the event's stack has it, or the run of ids that it is in.
std::string of_event_sql(SQLite::Database& database, const std::string& column,
                         const std::string& table, const std::string& id) {
  std::string sql = "coalesce(NULL";
  if (sqlite::has_table(database, "event_stacks", "process_id")) {
    sql += ", (SELECT " + column + " FROM event_stacks WHERE source_table = " + table +
           " AND source_id = " + id + ")";
  }
  if (sqlite::has_table(database, "dblog_event_runs", "process_id")) {
    sql += ", (SELECT CASE WHEN coalesce(last_id, " + id + ") >= " + id + " THEN " + column +
           " END FROM dblog_event_runs WHERE source_table = " + table + " AND first_id <= " + id +
           " ORDER BY first_id DESC LIMIT 1)";
  }
  return sql + ", NULL)";
}

}  // namespace

std::string process_of_event_sql(SQLite::Database& database, const std::string& table,
                                 const std::string& id) {
  return of_event_sql(database, "process_id", table, id);
}

std::string utc_offset_of_event_sql(SQLite::Database& database, const std::string& table,
                                    const std::string& id) {
  return of_event_sql(database, "utc_offset", table, id);
}

std::string process_of_crash_sql(SQLite::Database& database) {
  return sqlite::has_table(database, kCrashTable, "process_id") ? "process_id" : "NULL";
}

void add_origins(SQLite::Database& database, std::span<Entry> entries) {
  OriginReader reader{database};
  for (Entry& entry : entries) reader.add_to(entry);
}

}  // namespace dblog::reader
