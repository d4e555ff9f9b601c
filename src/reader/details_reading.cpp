#include "src/reader/details_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <string>
#include <utility>
#include <vector>

#include "src/reader/event_facts_reading.hpp"
#include "src/reader/group_reading.hpp"
#include "src/reader/origin_reading.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
namespace {

void read_outbox(SQLite::Database& database, Details& details) {
  if (!sqlite::has_table(database, "outbox")) return;
  SQLite::Statement statement{
      database, "SELECT * FROM outbox WHERE source_table = ?1 AND source_id = ?2 ORDER BY id"};
  statement.bind(1, details.entry.id.table);
  statement.bind(2, details.entry.id.id);
  details.outbox = sqlite::all_rows(statement, kMostOtherRows, details.is_truncated);
}

// Inlined calls come before the function that holds them, also where they share its depth.
void read_frames(SQLite::Database& database, Details& details) {
  if (!sqlite::has_table(database, "frames", "crash_id")) return;
  SQLite::Statement statement{database,
                              "SELECT * FROM frames WHERE crash_id = ?1 "
                              "ORDER BY thread IS NOT ?2, thread, depth, inlined DESC, rowid"};
  statement.bind(1, details.entry.id.id);
  if (const auto tid = details.entry.row.integer("tid")) statement.bind(2, *tid);
  details.frames = sqlite::all_rows(statement, kMostFrames, details.is_truncated);
}

std::vector<sqlite::Row> rows_of_crash(SQLite::Database& database, const char* table,
                                       const char* order, Details& details) {
  if (!sqlite::has_table(database, table, "crash_id")) return {};
  SQLite::Statement statement{
      database, std::string("SELECT * FROM ") + table + " WHERE crash_id = ?1 ORDER BY " + order};
  statement.bind(1, details.entry.id.id);
  return sqlite::all_rows(statement, kMostOtherRows, details.is_truncated);
}

std::int64_t number_in_group(SQLite::Database& database, const Entry& crash) {
  const auto fingerprint = crash.row.text("fingerprint");
  if (!fingerprint) return 0;
  SQLite::Statement count{database,
                          "SELECT count(*) FROM crashes WHERE fingerprint = ?1 AND id <= ?2"};
  count.bind(1, *fingerprint);
  count.bind(2, crash.id.id);
  return count.executeStep() ? count.getColumn(0).getInt64() : 0;
}

void read_crash(SQLite::Database& database, Details& details) {
  details.number_in_group = number_in_group(database, details.entry);
  if (const auto fingerprint = details.entry.row.text("fingerprint")) {
    details.group_state = read_group_state(database, *fingerprint);
  }
  read_frames(database, details);
  details.threads = rows_of_crash(database, "threads", "tid", details);
  details.registers = rows_of_crash(database, "registers", "name", details);
  details.context = rows_of_crash(database, "crash_fields", "number", details);
  auto notes = rows_of_crash(database, "crash_notes", "crash_id", details);
  if (!notes.empty()) details.note = std::move(notes.front());
  auto noexcepts = rows_of_crash(database, "crash_noexcept", "crash_id", details);
  if (!noexcepts.empty()) details.noexcept_frame = std::move(noexcepts.front());
  details.breadcrumbs = rows_of_crash(database, "breadcrumbs", "number", details);
}

EventStack read_stack(SQLite::Database& database, std::optional<std::int64_t> stack,
                      bool& is_truncated) {
  EventStack found;
  if (!stack || !sqlite::has_table(database, "stack_frames", "stack_id")) return found;
  SQLite::Statement frames{
      database,
      "SELECT * FROM stack_frames WHERE stack_id = ?1 ORDER BY depth, inlined DESC, rowid"};
  frames.bind(1, *stack);
  found.frames = sqlite::all_rows(frames, kMostFrames, is_truncated);
  if (!sqlite::has_table(database, "stacks", "fingerprint")) return found;
  SQLite::Statement row{database, "SELECT fingerprint FROM stacks WHERE id = ?1"};
  row.bind(1, *stack);
  if (const auto first = sqlite::first_row(row)) found.fingerprint = first->text("fingerprint");
  return found;
}

void read_event_stacks(SQLite::Database& database, Details& details) {
  if (!sqlite::has_table(database, "event_stacks", "source_table")) return;
  SQLite::Statement statement{
      database, "SELECT * FROM event_stacks WHERE source_table = ?1 AND source_id = ?2"};
  statement.bind(1, details.entry.id.table);
  statement.bind(2, details.entry.id.id);
  auto row = sqlite::first_row(statement);
  if (!row) return;
  auto pushed = read_stack(database, row->integer("pushed_at"), details.is_truncated);
  auto thrown = read_stack(database, row->integer("thrown_at"), details.is_truncated);
  details.stacks = EventStacks{std::move(*row), std::move(pushed), std::move(thrown)};
}

// Events have no column for their hardware row; it was written with the same text and date.
std::optional<sqlite::Row> read_hardware_log(SQLite::Database& database, const Entry& entry) {
  if (entry.is_hardware) return entry.row;
  SQLite::Statement statement{database, entry.is_crash
                                            ? "SELECT * FROM hw_logs WHERE id = ?1"
                                            : "SELECT l.* FROM hw_logs AS l JOIN " +
                                                  sqlite::quoted_name(entry.id.table) +
                                                  " AS e ON l.task IS e.msg AND l.date = e.date "
                                                  "WHERE e.id = ?1 ORDER BY l.id LIMIT 1"};
  const auto id = entry.is_crash ? entry.row.integer("hw_log_id") : entry.id.id;
  if (!id) return std::nullopt;
  statement.bind(1, *id);
  return sqlite::first_row(statement);
}

void read_hardware(SQLite::Database& database, Details& details) {
  if (!sqlite::has_table(database, "hw_logs")) return;
  details.hardware = read_hardware_log(database, details.entry);
  const auto id = details.hardware ? details.hardware->integer("id") : std::nullopt;
  if (!id || !sqlite::has_table(database, "hw_details")) return;
  SQLite::Statement statement{database, "SELECT * FROM hw_details WHERE hw_log_id = ?1"};
  statement.bind(1, *id);
  details.hardware_details = sqlite::first_row(statement);
}

}  // namespace

base::Result<Details> read_core(SQLite::Database& database, const EntryId& id) {
  const std::vector<Table> tables = find_tables(database);
  const auto table = find_named_table(database, tables, id.table);
  if (!table) {
    return id.table == kCrashTable ? no_such_entry(database, id) : no_such_table(id.table);
  }
  auto entry = read_entry(database, *table, id.id);
  if (!entry) return no_such_entry(database, {table->name, id.id});
  Details details;
  details.entry = std::move(*entry);
  add_origins(database, {&details.entry, 1});
  if (details.entry.is_crash) {
    read_crash(database, details);
  } else {
    add_facts(database, {&details.entry, 1});
    read_event_stacks(database, details);
  }
  return details;
}

base::Result<Details> read_details(SQLite::Database& database, const EntryId& id) {
  auto details = read_core(database, id);
  if (!details) return details;
  const auto fingerprint = details->entry.row.text("fingerprint");
  if (details->entry.is_crash && fingerprint) details->group = read_group(database, *fingerprint);
  read_hardware(database, *details);
  read_outbox(database, *details);
  return details;
}

}  // namespace dblog::reader
