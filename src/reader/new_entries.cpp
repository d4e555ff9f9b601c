#include "src/reader/new_entries.hpp"

#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <utility>

#include "src/reader/crash_places.hpp"
#include "src/reader/entry_filter.hpp"
#include "src/reader/event_facts_reading.hpp"
#include "src/reader/origin_reading.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/reader/scrubbed_reading.hpp"
#include "src/sqlite/read_connection.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
namespace {

constexpr std::int64_t kMostOfTable = 500;

std::int64_t highest_id(SQLite::Database& database, const Table& table) {
  return database.execAndGet("SELECT max(id) FROM " + sqlite::quoted_name(table.name)).getInt64();
}

// The ids below the highest are all there: SQLite has one writer at a time.
void read_table(SQLite::Database& database, const Table& table, const EntryFilter& wanted,
                std::int64_t& seen, NewEntries& found) {
  const std::int64_t highest = highest_id(database, table);
  if (highest <= seen) return;
  const FilterCondition filter{database, table, wanted};
  SQLite::Statement statement{database, "SELECT * FROM " + sqlite::quoted_name(table.name) +
                                            " WHERE id > ?1" + filter.sql() +
                                            " ORDER BY id LIMIT ?2"};
  filter.bind(statement);
  statement.bind(1, seen);
  statement.bind(2, kMostOfTable);
  std::int64_t count = 0;
  for (; statement.executeStep(); ++count) {
    sqlite::Row row = sqlite::current_row(statement);
    seen = row.integer("id").value_or(seen);
    found.entries.push_back({{table.name, seen}, table.is_crashes, false, std::move(row)});
  }
  if (count < kMostOfTable) seen = highest;
  found.are_more = found.are_more || count == kMostOfTable;
}

}  // namespace

base::Result<Positions> read_positions(const std::filesystem::path& database) {
  auto connection = sqlite::ReadConnection::open(database);
  if (!connection) return connection.error();
  return connection->read([](SQLite::Database& opened) -> base::Result<Positions> {
    Positions positions;
    for (const Table& table : find_tables(opened)) {
      positions[table.name] = highest_id(opened, table);
    }
    return positions;
  });
}

base::Result<NewEntries> read_new_entries(const std::filesystem::path& database,
                                          const EntryFilter& wanted, Positions& seen) {
  auto connection = sqlite::ReadConnection::open(database);
  if (!connection) return connection.error();
  Positions reached;
  auto found = connection->read([&](SQLite::Database& opened) -> base::Result<NewEntries> {
    reached = seen;
    NewEntries read;
    for (const Table& table : find_tables(opened)) {
      read_table(opened, table, wanted, reached[table.name], read);
    }
    std::stable_sort(read.entries.begin(), read.entries.end(),
                     [](const Entry& left, const Entry& right) {
                       return left.row.text("date") < right.row.text("date");
                     });
    add_places(opened, read.entries);
    add_group_states(opened, read.entries);
    add_facts(opened, read.entries);
    add_origins(opened, read.entries);
    return read;
  });
  if (!found) return found.error();
  seen = std::move(reached);
  scrub(found->entries);
  return found;
}

}  // namespace dblog::reader
