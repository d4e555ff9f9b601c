#include "src/reader/list_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <limits>
#include <string>
#include <utility>

#include "src/reader/crash_places.hpp"
#include "src/reader/entry_filter.hpp"
#include "src/reader/event_facts_reading.hpp"
#include "src/reader/origin_reading.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
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

base::Result<std::vector<Entry>> newest_of_table(SQLite::Database& database,
                                                 const std::vector<Table>& tables,
                                                 const ListQuery& query) {
  const auto table = find_named_table(database, tables, *query.table);
  if (!table) {
    if (*query.table == kCrashTable) return std::vector<Entry>{};
    return no_such_table(*query.table);
  }
  const FilterCondition filter{database, *table, query.filter};
  SQLite::Statement statement{database, "SELECT * FROM " + sqlite::quoted_name(table->name) +
                                            (query.before  ? " WHERE id < ?2"
                                             : query.after ? " WHERE id > ?2"
                                                           : " WHERE true") +
                                            (query.fingerprint ? " AND fingerprint = ?3" : "") +
                                            filter.sql() + " ORDER BY id " +
                                            (query.after ? "LIMIT ?1" : "DESC LIMIT ?1")};
  filter.bind(statement);
  statement.bind(1, query.limit);
  if (query.before) statement.bind(2, query.before->id);
  if (query.after) statement.bind(2, *query.after);
  if (query.fingerprint) statement.bind(3, *query.fingerprint);
  std::vector<Entry> entries;
  while (statement.executeStep()) {
    sqlite::Row row = sqlite::current_row(statement);
    const std::int64_t id = row.integer("id").value_or(0);
    entries.push_back({{table->name, id}, table->is_crashes, table->is_hardware, std::move(row)});
  }
  return entries;
}

base::Result<Position> position_of(SQLite::Database& database, const std::vector<Table>& tables,
                                   const EntryId& id) {
  const auto table = find_table(tables, id.table);
  if (!table) {
    return id.table == kCrashTable ? no_such_entry(database, id) : no_such_table(id.table);
  }
  SQLite::Statement statement{database, std::string("SELECT ") + kDateText + " FROM " +
                                            sqlite::quoted_name(tables[*table].name) +
                                            " WHERE id = ?1"};
  statement.bind(1, id.id);
  if (!statement.executeStep()) return no_such_entry(database, id);
  return Position{statement.getColumn(0).getString(), *table, id.id};
}

/// One table's part of a list of all tables, in the order in which it is listed.
class TablePart {
 public:
  TablePart(SQLite::Database& database, const Table& table, std::size_t index,
            const EntryFilter& filter)
      : database_(database),
        name_(sqlite::quoted_name(table.name)),
        index_(index),
        filter_(database, table, filter) {
    // Rows of crashes are some kilobytes long.
    constexpr std::int64_t kFewEvents = 20'000;
    constexpr std::int64_t kFewCrashes = 2'000;
    SQLite::Statement ids{database_, "SELECT (SELECT min(id) FROM " + name_ +
                                         "), (SELECT max(id) FROM " + name_ + ")"};
    if (!ids.executeStep() || ids.isColumnNull(0)) return;
    lowest_ = ids.getColumn(0).getInt64();
    highest_ = ids.getColumn(1).getInt64();
    is_short_ = highest_ - lowest_ < (table.is_crashes ? kFewCrashes : kFewEvents);
  }

  [[nodiscard]] std::vector<Position> newest(const std::optional<Position>& before,
                                             std::int64_t limit) {
    return is_short_ ? newest_by_date(before, limit) : newest_by_id(before, limit);
  }

 private:
  // Ids follow dates only nearly: clocks are set back, and a crash that was found late is recorded
  // late. No index has the dates: one pass over all of them.
  std::vector<Position> newest_by_date(const std::optional<Position>& before, std::int64_t limit) {
    SQLite::Statement statement{
        database_, std::string("SELECT id, ") + kDateText + " AS day FROM " + name_ +
                       " WHERE (?1 IS NULL OR day < ?1 OR (day = ?1 AND (?2 IS NULL OR id < ?2)))" +
                       filter_.sql() + " ORDER BY day DESC, id DESC LIMIT ?3"};
    filter_.bind(statement);
    if (before) {
      statement.bind(1, before->date);
      if (index_ == before->table) statement.bind(2, before->id);
      if (index_ < before->table) statement.bind(2, std::numeric_limits<std::int64_t>::min());
    }
    statement.bind(3, limit);
    return positions(statement);
  }

  // That pass would take seconds: rows stand in the order in which they were recorded.
  std::vector<Position> newest_by_id(const std::optional<Position>& before, std::int64_t limit) {
    SQLite::Statement statement{database_, std::string("SELECT id, ") + kDateText + " FROM " +
                                               name_ + " WHERE id < ?1" + filter_.sql() +
                                               " ORDER BY id DESC LIMIT ?2"};
    filter_.bind(statement);
    statement.bind(1, !before                   ? std::numeric_limits<std::int64_t>::max()
                      : before->table == index_ ? before->id
                                                : first_not_after(*before));
    statement.bind(2, limit);
    return positions(statement);
  }

  // Below it are the rows that come after the entry of another table: halved and halved again.
  std::int64_t first_not_after(const Position& before) {
    std::int64_t low = lowest_;
    std::int64_t high = highest_ + 1;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (comes_after(middle, before)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  // As most of five rows say: one whose clock was wrong must not lead astray.
  bool comes_after(std::int64_t id, const Position& before) {
    SQLite::Statement rows{database_, std::string("SELECT ") + kDateText + " FROM " + name_ +
                                          " WHERE id <= ?1 ORDER BY id DESC LIMIT 5"};
    rows.bind(1, id);
    int after = 0, all = 0;
    while (rows.executeStep()) {
      const std::string date = rows.getColumn(0).getString();
      ++all;
      if (date < before.date || (date == before.date && index_ > before.table)) ++after;
    }
    return 2 * after > all;
  }

  std::vector<Position> positions(SQLite::Statement& statement) const {
    std::vector<Position> found;
    while (statement.executeStep()) {
      found.push_back(
          {statement.getColumn(1).getString(), index_, statement.getColumn(0).getInt64()});
    }
    return found;
  }

  SQLite::Database& database_;
  std::string name_;
  std::size_t index_;
  FilterCondition filter_;
  std::int64_t lowest_ = 0;
  std::int64_t highest_ = -1;
  bool is_short_ = true;
};

// Always the newest of those that come next in their tables.
std::vector<Position> merged(const std::vector<std::vector<Position>>& parts, std::int64_t limit) {
  std::vector<std::size_t> next(parts.size(), 0);
  std::vector<Position> all;
  while (all.size() < static_cast<std::size_t>(limit)) {
    const Position* best = nullptr;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (next[i] == parts[i].size()) continue;
      const Position& head = parts[i][next[i]];
      if (best == nullptr || head < *best) best = &head;
    }
    if (best == nullptr) break;
    ++next[best->table];
    all.push_back(*best);
  }
  return all;
}

base::Result<std::vector<Entry>> newest_of_all(SQLite::Database& database,
                                               const std::vector<Table>& tables,
                                               const ListQuery& query) {
  std::optional<Position> before;
  if (query.before) {
    auto position = position_of(database, tables, *query.before);
    if (!position) return position.error();
    before = std::move(*position);
  }
  std::vector<std::vector<Position>> parts;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    parts.push_back(TablePart{database, tables[i], i, query.filter}.newest(before, query.limit));
  }
  std::vector<Entry> entries;
  for (const Position& position : merged(parts, query.limit)) {
    auto entry = read_entry(database, tables[position.table], position.id);
    if (entry) entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace

base::Result<std::vector<Entry>> read_newest(SQLite::Database& database, const ListQuery& query) {
  const std::vector<Table> tables = find_tables(database);
  auto entries = query.table ? newest_of_table(database, tables, query)
                             : newest_of_all(database, tables, query);
  if (entries) {
    add_places(database, *entries);
    add_group_states(database, *entries);
  }
  if (entries) add_facts(database, *entries);
  if (entries) add_origins(database, *entries);
  return entries;
}

}  // namespace dblog::reader
