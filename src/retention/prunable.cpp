// Tables sorted into ours and others'.
#include "src/retention/prunable.hpp"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "src/base/ascii.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::retention {
namespace {

// The different texts of an indexed column: one look in the index for each.
std::vector<std::string> distinct_texts(SQLite::Database& database, const char* table,
                                        const char* column) {
  SQLite::Statement next(database, std::string("SELECT min(") + column + ") FROM " + table +
                                       " WHERE " + column + " > ?1 AND typeof(" + column +
                                       ") = 'text'");
  std::vector<std::string> found;
  while (true) {
    next.reset();
    next.bind(1, found.empty() ? "" : found.back());
    if (!next.executeStep() || next.isColumnNull(0)) return found;
    found.push_back(next.getColumn(0).getString());
  }
}

std::vector<std::string> names_in_event_parts(SQLite::Database& database) {
  std::vector<std::string> names;
  for (const char* part : schema::kEventParts) {
    for (std::string& name : distinct_texts(database, part, "source_table")) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(std::move(name));
      }
    }
  }
  return names;
}

std::vector<std::string> spellings_of(const std::string& table,
                                      const std::vector<std::string>& names) {
  std::vector<std::string> same;
  std::copy_if(names.begin(), names.end(), std::back_inserter(same),
               [&](const std::string& name) { return base::is_same_ignoring_case(name, table); });
  return same;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& each) {
    return base::is_same_ignoring_case(each, name);
  });
}

std::vector<std::string> event_tables(SQLite::Database& database) {
  const auto watched =
      sqlite::all_texts(database, "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'");
  const auto pointed_to =
      sqlite::all_texts(database,
                        "SELECT DISTINCT f.\"table\" FROM sqlite_master AS m, "
                        "pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'");
  std::vector<std::string> tables;
  SQLite::Statement row(database,
                        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND "
                        "rootpage > 0 ORDER BY name");
  while (row.executeStep()) {
    const std::string name = row.getColumn(0).getString();
    const bool is_ours = is_event_layout(row.getColumn(1).getString());
    if (is_ours && !contains(watched, name) && !contains(pointed_to, name)) tables.push_back(name);
  }
  return tables;
}

}  // namespace

bool is_event_layout(std::string_view sql) {
  const std::size_t columns = sql.find('(');
  if (columns == sql.npos || sql.find('(', columns + 1) != sql.npos) return false;
  std::string plain;
  for (const char c : sql.substr(columns)) {
    constexpr std::string_view kIgnored = " \t\r\n\"`[]'";
    if (kIgnored.find(c) == kIgnored.npos) plain += base::lower_case(c);
  }
  return plain == "(idintegerprimarykeyautoincrement,msgvarchar,datedatetime)";
}

std::vector<Source> find_sources(SQLite::Database& database) {
  const auto in_outbox = distinct_texts(database, "outbox", "source_table");
  const auto in_event_parts = names_in_event_parts(database);
  std::vector<Source> sources = {{Kind::sent, "outbox", {}, {}}};
  for (const std::string& table : event_tables(database)) {
    sources.push_back(
        {Kind::events, table, spellings_of(table, in_outbox), spellings_of(table, in_event_parts)});
  }
  sources.push_back({Kind::hardware, "hw_logs", {}, {}});
  sources.push_back({Kind::dead, "outbox", {}, {}});
  sources.push_back({Kind::crashes, "crashes", spellings_of("crashes", in_outbox), {}});
  return sources;
}

void find_spellings(SQLite::Database& database, Source& source) {
  const bool is_events = source.kind == Kind::events;
  if (is_events || source.kind == Kind::crashes) {
    source.in_outbox =
        spellings_of(source.table, distinct_texts(database, "outbox", "source_table"));
  }
  if (is_events) {
    source.in_event_parts = spellings_of(source.table, names_in_event_parts(database));
  }
}

std::int64_t schema_cookie(SQLite::Database& database) {
  return database.execAndGet("PRAGMA schema_version").getInt64();
}

std::vector<std::string> foreign_tables(SQLite::Database& database,
                                        const std::vector<Source>& sources) {
  auto tables =
      sqlite::all_texts(database,
                        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND "
                        "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
  std::erase_if(tables, [&](const std::string& table) {
    const auto is_source = [&](const Source& source) { return source.table == table; };
    return std::count(std::begin(schema::kNames), std::end(schema::kNames), table) != 0 ||
           std::any_of(sources.begin(), sources.end(), is_source);
  });
  return tables;
}

std::optional<std::int64_t> bytes_of_tables(SQLite::Database& database,
                                            const std::vector<std::string>& tables) {
  if (tables.empty()) return 0;
  try {
    SQLite::Statement size(database,
                           "SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND name = ?1");
    SQLite::Statement parts(database,
                            "SELECT name FROM sqlite_master WHERE tbl_name = ?1 AND rootpage > 0");
    std::int64_t bytes = 0;
    for (const std::string& table : tables) {
      parts.reset();
      parts.bind(1, table);
      while (parts.executeStep()) {
        size.reset();
        size.bind(1, parts.getColumn(0).getString());
        if (size.executeStep()) bytes += size.getColumn(0).getInt64();
      }
    }
    return bytes;
  } catch (const SQLite::Exception& failure) {
    constexpr int kNoSuchTable = 1;  // SQLITE_ERROR
    if (failure.getErrorCode() != kNoSuchTable) throw;
    return std::nullopt;
  }
}

}  // namespace dblog::retention
