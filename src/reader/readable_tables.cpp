#include "src/reader/readable_tables.hpp"

#include <SQLiteCpp/Statement.h>

#include <algorithm>

#include "src/base/ascii.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
namespace {

// 0 if it gave none or does not remember: tables of others may do without AUTOINCREMENT.
std::int64_t last_id(SQLite::Database& database, const std::string& table) {
  if (!sqlite::has_table(database, "sqlite_sequence")) return 0;
  SQLite::Statement statement{database,
                              "SELECT seq FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE"};
  statement.bind(1, table);
  const auto row = sqlite::first_row(statement);
  return row ? row->integer("seq").value_or(0) : 0;
}

}  // namespace

// rootpage is 0 for virtual tables, whose modules are not ours to load.
std::vector<Table> find_tables(SQLite::Database& database) {
  std::vector<Table> tables;
  SQLite::Statement crashes{
      database,
      "SELECT count(*) FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
      "WHERE m.type = 'table' AND m.rootpage > 0 AND m.name = 'crashes' "
      "AND c.name IN ('id', 'uuid', 'date', 'kind')"};
  if (crashes.executeStep() && crashes.getColumn(0).getInt() == 4) {
    tables.push_back({kCrashTable, true});
  }
  SQLite::Statement events{
      database,
      "SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
      "WHERE m.type = 'table' AND m.rootpage > 0 AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
      "GROUP BY m.name "
      "HAVING count(*) = 3 AND sum(c.cid = 0 AND lower(c.name) = 'id' AND c.pk = 1 "
      "AND upper(c.type) = 'INTEGER') AND sum(c.cid = 1 AND lower(c.name) = 'msg') "
      "AND sum(c.cid = 2 AND lower(c.name) = 'date') "
      "ORDER BY m.name"};
  while (events.executeStep()) tables.push_back({events.getColumn(0).getString()});
  return tables;
}

std::optional<std::size_t> find_table(const std::vector<Table>& tables, std::string_view name) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (base::is_same_ignoring_case(tables[i].name, name)) return i;
  }
  return std::nullopt;
}

std::optional<Table> find_named_table(SQLite::Database& database, const std::vector<Table>& tables,
                                      std::string_view name) {
  if (const auto found = find_table(tables, name)) return tables[*found];
  if (base::is_same_ignoring_case(name, kHardwareTable) &&
      sqlite::has_table(database, kHardwareTable, "task")) {
    return Table{kHardwareTable, false, true};
  }
  return std::nullopt;
}

base::Error no_such_table(const std::string& name) {
  if (name == kCrashTable)
    return {base::ErrorCode::not_found, name, "this database has no crashes"};
  return {base::ErrorCode::not_found, name,
          "is not a table of events; 'dblog list' shows which are"};
}

base::Error no_such_entry(SQLite::Database& database, const EntryId& id) {
  const bool is_crash = id.table == kCrashTable;
  const bool is_hardware = base::is_same_ignoring_case(id.table, kHardwareTable);
  const std::string number = std::to_string(id.id);
  const std::int64_t last = last_id(database, id.table);
  const bool was_there = id.id > 0 && id.id <= last;
  const std::string ending = was_there  ? " any more: it was pruned or deleted"
                             : last > 0 ? ", the last one was " + std::to_string(last)
                                        : "";
  if (is_crash) return {base::ErrorCode::not_found, "", "there is no crash " + number + ending};
  const char* const what = is_hardware ? "snapshot " : "event ";
  return {base::ErrorCode::not_found, id.table, std::string("has no ") + what + number + ending};
}

std::optional<Entry> read_entry(SQLite::Database& database, const Table& table, std::int64_t id) {
  SQLite::Statement statement{
      database, "SELECT * FROM " + sqlite::quoted_name(table.name) + " WHERE id = ?1"};
  statement.bind(1, id);
  if (!statement.executeStep()) return std::nullopt;
  return Entry{
      {table.name, id}, table.is_crashes, table.is_hardware, sqlite::current_row(statement)};
}

}  // namespace dblog::reader
