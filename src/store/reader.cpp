// Queries for lists and single entries.
#include "src/store/reader.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "src/store/read_connection.hpp"

namespace dblog::store {
namespace {

// Dates of foreign rows may be NULL or numbers; as text every pair of them has an order.
constexpr const char* kDateText = "coalesce(CAST(date AS TEXT), '')";

struct Table {
  std::string name;
  bool is_crashes = false;
};

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

std::string quoted_name(std::string_view identifier) {
  std::string text = "\"";
  for (const char c : identifier) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

Value value_of(const SQLite::Column& column) {
  switch (column.getType()) {
    case SQLITE_INTEGER:
      return column.getInt64();
    case SQLITE_FLOAT:
      return column.getDouble();
    case SQLITE_NULL:
      return std::monostate{};
    default:
      return column.getString();
  }
}

Row current_row(SQLite::Statement& statement) {
  Row row;
  for (int i = 0; i < statement.getColumnCount(); ++i) {
    const SQLite::Column column = statement.getColumn(i);
    row.columns.push_back({column.getName(), value_of(column)});
  }
  return row;
}

std::vector<Row> all_rows(SQLite::Statement& statement) {
  std::vector<Row> rows;
  while (statement.executeStep()) rows.push_back(current_row(statement));
  return rows;
}

bool has_table(SQLite::Database& database, const char* name) {
  SQLite::Statement statement{
      database, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?1"};
  statement.bind(1, name);
  return statement.executeStep();
}

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
  while (events.executeStep()) tables.push_back({events.getColumn(0).getString(), false});
  return tables;
}

// As SQLite compares table names.
bool is_same_name(std::string_view left, std::string_view right) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

std::optional<std::size_t> find_table(const std::vector<Table>& tables, std::string_view name) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (is_same_name(tables[i].name, name)) return i;
  }
  return std::nullopt;
}

Error no_such_table(const std::string& name) {
  if (name == kCrashTable) return {ErrorCode::not_found, name, "this database has no crashes"};
  return {ErrorCode::not_found, name, "is not a table of events; 'dblog list' shows which are"};
}

Error no_such_entry(const EntryId& id) {
  if (id.table == kCrashTable) {
    return {ErrorCode::not_found, "", "there is no crash " + std::to_string(id.id)};
  }
  return {ErrorCode::not_found, id.table, "has no event " + std::to_string(id.id)};
}

std::optional<Entry> read_entry(SQLite::Database& database, const Table& table, std::int64_t id) {
  SQLite::Statement statement{database,
                              "SELECT * FROM " + quoted_name(table.name) + " WHERE id = ?1"};
  statement.bind(1, id);
  if (!statement.executeStep()) return std::nullopt;
  return Entry{{table.name, id}, table.is_crashes, current_row(statement)};
}

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
                                            (query.before ? " WHERE id < ?2" : "") +
                                            " ORDER BY id DESC LIMIT ?1"};
  statement.bind(1, query.limit);
  if (query.before) statement.bind(2, query.before->id);
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

std::vector<Row> read_outbox(SQLite::Database& database, const EntryId& id) {
  if (!has_table(database, "outbox")) return {};
  SQLite::Statement statement{
      database, "SELECT * FROM outbox WHERE source_table = ?1 AND source_id = ?2 ORDER BY id"};
  statement.bind(1, id.table);
  statement.bind(2, id.id);
  return all_rows(statement);
}

void read_frames(SQLite::Database& database, Details& details) {
  if (!has_table(database, "frames")) return;
  SQLite::Statement statement{database,
                              "SELECT * FROM frames WHERE crash_id = ?1 "
                              "ORDER BY thread IS NOT ?2, thread, depth, rowid"};
  statement.bind(1, details.entry.id.id);
  if (const auto tid = details.entry.row.integer("tid")) statement.bind(2, *tid);
  details.frames = all_rows(statement);
}

// Events have no column for their hardware row; it was written with the same text and date.
std::optional<Row> read_hardware_log(SQLite::Database& database, const Entry& entry) {
  SQLite::Statement statement{database, entry.is_crash
                                            ? "SELECT * FROM hw_logs WHERE id = ?1"
                                            : "SELECT l.* FROM hw_logs AS l JOIN " +
                                                  quoted_name(entry.id.table) +
                                                  " AS e ON l.task IS e.msg AND l.date = e.date "
                                                  "WHERE e.id = ?1 ORDER BY l.id LIMIT 1"};
  const auto id = entry.is_crash ? entry.row.integer("hw_log_id") : entry.id.id;
  if (!id) return std::nullopt;
  statement.bind(1, *id);
  if (!statement.executeStep()) return std::nullopt;
  return current_row(statement);
}

void read_hardware(SQLite::Database& database, Details& details) {
  if (!has_table(database, "hw_logs")) return;
  details.hardware = read_hardware_log(database, details.entry);
  const auto id = details.hardware ? details.hardware->integer("id") : std::nullopt;
  if (!id || !has_table(database, "hw_details")) return;
  SQLite::Statement statement{database, "SELECT * FROM hw_details WHERE hw_log_id = ?1"};
  statement.bind(1, *id);
  if (statement.executeStep()) details.hardware_details = current_row(statement);
}

}  // namespace

struct Reader::State {
  ReadConnection connection;
};

Reader::Reader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::filesystem::path& database) {
  auto connection = ReadConnection::open(database);
  if (!connection) return connection.error();
  return Reader{std::make_unique<State>(State{std::move(*connection)})};
}

Result<std::vector<Entry>> Reader::newest(const ListQuery& query) {
  return state_->connection.read([&](SQLite::Database& database) -> Result<std::vector<Entry>> {
    const std::vector<Table> tables = find_tables(database);
    return query.table ? newest_of_table(database, tables, query)
                       : newest_of_all(database, tables, query);
  });
}

Result<Details> Reader::details(const EntryId& id) {
  return state_->connection.read([&](SQLite::Database& database) -> Result<Details> {
    const std::vector<Table> tables = find_tables(database);
    const auto table = find_table(tables, id.table);
    if (!table) return id.table == kCrashTable ? no_such_entry(id) : no_such_table(id.table);
    auto entry = read_entry(database, tables[*table], id.id);
    if (!entry) return no_such_entry(id);
    Details details{std::move(*entry), {}, {}, {}, {}};
    if (details.entry.is_crash) read_frames(database, details);
    read_hardware(database, details);
    details.outbox = read_outbox(database, details.entry.id);
    return details;
  });
}

}  // namespace dblog::store
