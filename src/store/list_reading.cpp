#include "src/store/list_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "src/store/readable_tables.hpp"
#include "src/store/row_reading.hpp"

namespace dblog::store {
namespace {

// Dates of foreign rows may be NULL or numbers; as text every pair of them has an order.
constexpr const char* kDateText = "coalesce(CAST(date AS TEXT), '')";

/// Where an entry stands in a list of all tables: newest date first, then by table, then by id.
struct Position {
  std::string date;
  std::size_t table = 0;
  std::int64_t id = 0;

  friend bool operator<(const Position& left, const Position& right) {
    if (left.date != right.date) return left.date > right.date;
    if (left.table != right.table) return left.table < right.table;
    return left.id > right.id;
  }
};

Result<std::vector<Entry>> newest_of_table(SQLite::Database& database,
                                           const std::vector<Table>& tables,
                                           const ListQuery& query) {
  const auto found = find_table(tables, *query.table);
  if (!found) {
    if (*query.table == kCrashTable) return std::vector<Entry>{};
    return no_such_table(*query.table);
  }
  const Table& table = tables[*found];
  SQLite::Statement statement{database, "SELECT * FROM " + quoted_name(table.name) +
                                            (query.before ? " WHERE id < ?2" : " WHERE true") +
                                            (query.fingerprint ? " AND fingerprint = ?3" : "") +
                                            " ORDER BY id DESC LIMIT ?1"};
  statement.bind(1, query.limit);
  if (query.before) statement.bind(2, query.before->id);
  if (query.fingerprint) statement.bind(3, *query.fingerprint);
  std::vector<Entry> entries;
  while (statement.executeStep()) {
    Row row = current_row(statement);
    const std::int64_t id = row.integer("id").value_or(0);
    entries.push_back({{table.name, id}, table.is_crashes, std::move(row)});
  }
  return entries;
}

Result<Position> position_of(SQLite::Database& database, const std::vector<Table>& tables,
                             const EntryId& id) {
  const auto table = find_table(tables, id.table);
  if (!table) return id.table == kCrashTable ? no_such_entry(id) : no_such_table(id.table);
  SQLite::Statement statement{database, std::string("SELECT ") + kDateText + " FROM " +
                                            quoted_name(tables[*table].name) + " WHERE id = ?1"};
  statement.bind(1, id.id);
  if (!statement.executeStep()) return no_such_entry(id);
  return Position{statement.getColumn(0).getString(), *table, id.id};
}

// Ids follow dates only nearly: clocks are set back, and a crash that was found late is recorded
// late. So the newest are sought by date, which no index has: one pass over ids and dates.
void add_positions(SQLite::Database& database, const Table& table, std::size_t table_index,
                   const std::optional<Position>& before, std::int64_t limit,
                   std::vector<Position>& positions) {
  SQLite::Statement statement{
      database, std::string("SELECT id, ") + kDateText + " AS day FROM " + quoted_name(table.name) +
                    " WHERE ?1 IS NULL OR day < ?1 OR (day = ?1 AND (?2 IS NULL OR id < ?2)) "
                    "ORDER BY day DESC, id DESC LIMIT ?3"};
  if (before) {
    statement.bind(1, before->date);
    if (table_index == before->table) statement.bind(2, before->id);
    if (table_index < before->table) statement.bind(2, std::numeric_limits<std::int64_t>::min());
  }
  statement.bind(3, limit);
  while (statement.executeStep()) {
    positions.push_back(
        {statement.getColumn(1).getString(), table_index, statement.getColumn(0).getInt64()});
  }
}

Result<std::vector<Entry>> newest_of_all(SQLite::Database& database,
                                         const std::vector<Table>& tables, const ListQuery& query) {
  std::optional<Position> before;
  if (query.before) {
    auto position = position_of(database, tables, *query.before);
    if (!position) return position.error();
    before = std::move(*position);
  }
  std::vector<Position> positions;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    add_positions(database, tables[i], i, before, query.limit, positions);
    std::sort(positions.begin(), positions.end());
    if (positions.size() > static_cast<std::size_t>(query.limit)) {
      positions.resize(static_cast<std::size_t>(query.limit));
    }
  }
  std::vector<Entry> entries;
  for (const Position& position : positions) {
    auto entry = read_entry(database, tables[position.table], position.id);
    if (entry) entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace

Result<std::vector<Entry>> read_newest(SQLite::Database& database, const ListQuery& query) {
  const std::vector<Table> tables = find_tables(database);
  return query.table ? newest_of_table(database, tables, query)
                     : newest_of_all(database, tables, query);
}

}  // namespace dblog::store
