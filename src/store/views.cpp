#include "src/store/views.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <map>
#include <vector>

#include "src/base/ascii.hpp"
#include "src/base/fnv1a.hpp"
#include "src/schema/schema.hpp"
#include "src/schema/views.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"
#include "src/sqlite/transaction.hpp"

namespace dblog::store {
namespace {

using Names = std::vector<std::string>;
using Sql = std::map<std::string, std::string>;  // by name

std::string quoted_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += std::string(c == '\'' ? 2 : 1, c);
  return quoted + '\'';
}

std::string list_of_ours() {
  std::string list;
  for (const std::string_view name : schema::kNames) {
    list.append(list.empty() ? "" : ", ").append(quoted_text(name));
  }
  return list;
}

// Tables of (id, msg, date), with what else a user has added.
Names event_tables(SQLite::Database& database) {
  static const auto& sql = *new std::string(
      "SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = "
      "'table' AND m.rootpage > 0 AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND lower(m.name) "
      "NOT IN (" +
      list_of_ours() +
      ") GROUP BY m.name HAVING sum(c.cid = 0 AND lower(c.name) = 'id' AND c.pk = 1) AND "
      "sum(lower(c.name) = 'msg') AND sum(lower(c.name) = 'date') ORDER BY m.name LIMIT " +
      std::to_string(kMostTablesInView));
  return sqlite::all_texts(database, sql.c_str());
}

std::string all_events(const Names& tables) {
  if (tables.empty()) return std::string(schema::kNoEvents);
  std::string sql;
  for (const std::string& table : tables) {
    sql += (sql.empty() ? "SELECT " : " UNION ALL SELECT ") + quoted_text(table) +
           " AS source_table, id AS source_id, msg, date FROM " + sqlite::quoted_name(table);
  }
  return sql;
}

// Where the offset is not known, the local time without it. These three are short and ask for their
// arguments as seldom as they can: each connection parses what they become.
std::string iso_time(const std::string& date, const std::string& offset) {
  return "replace(substr(" + date + ",1,26),' ','T')||ifnull(substr('-+',1+(" + offset +
         ">=0),1)||strftime('%H:%M',abs(" + offset + "),'unixepoch'),'')";
}

std::string utc_time(const std::string& date, const std::string& offset) {
  return "strftime('%Y-%m-%dT%H:%M:%S',substr(" + date + ",1,19),-" + offset +
         "||' seconds')||substr(" + date + ",20,7)||'Z'";
}

// A NULL stays one.
std::string time_of_microseconds(const std::string& time) {
  return "strftime('%Y-%m-%dT%H:%M:%S'," + time + "/1000000,'unixepoch')||printf('.%06dZ'," + time +
         "%1000000)";
}

// The view's name; empty: there is none.
std::string name_of(const Sql& names, const std::string& view) {
  const auto known = names.find(view);
  return known == names.end() ? "" : known->second;
}

std::string head_of(const std::string& name) {
  return "CREATE VIEW " + name + " AS " + std::string(schema::kViewMark);
}

// Nothing where another view is needed that there is not.
std::string expand(std::string_view query, const Names& tables, const Sql& names) {
  std::string sql;
  while (true) {
    const std::size_t begin = query.find('{');
    sql += query.substr(0, begin);
    if (begin == query.npos) return sql;
    const std::size_t end = query.find('}', begin);
    const std::string word(query.substr(begin + 1, end - begin - 1));
    query.remove_prefix(end + 1);
    const std::size_t first = word.find(' ');
    const std::size_t last = word.rfind(' ');
    const std::string kind = word.substr(0, first);
    std::string piece;
    if (kind == "events") {
      piece = all_events(tables);
    } else if (first == word.npos) {
      piece = name_of(names, word);
    } else if (kind == "micro") {
      piece = time_of_microseconds(word.substr(first + 1));
    } else {
      const std::string date = word.substr(first + 1, last - first - 1);
      const std::string offset = word.substr(last + 1);
      piece = kind == "utc" ? utc_time(date, offset) : iso_time(date, offset);
    }
    if (piece.empty()) return "";
    sql += piece;
  }
}

// Ours by name, and as made below: a view that a user made out of one of ours is the user's.
bool is_ours(const std::string& name, const std::string& sql) {
  const std::string_view plain =
      name.starts_with(schema::kOtherNamePrefix)
          ? std::string_view(name).substr(schema::kOtherNamePrefix.size())
          : std::string_view(name);
  const bool is_known = std::any_of(std::begin(schema::kViews), std::end(schema::kViews),
                                    [&](const schema::View& view) { return view.name == plain; });
  return is_known && sql.starts_with(head_of(name));
}

bool has_other(SQLite::Database& database, std::string_view name) {
  SQLite::Statement row(database,
                        "SELECT type, name, sql FROM sqlite_master WHERE name = ?1 COLLATE NOCASE "
                        "AND type <> 'trigger'");
  row.bind(1, std::string(name));
  if (!row.executeStep()) return false;
  return row.getColumn(0).getString() != "view" ||
         !is_ours(row.getColumn(1).getString(), row.getColumn(2).getString());
}

// Nothing where both names are another's.
std::string name_for(SQLite::Database& database, std::string_view name,
                     std::string_view about_to_come) {
  const bool is_wanted = base::is_same_ignoring_case(name, about_to_come);
  if (!is_wanted && !has_other(database, name)) return std::string(name);
  const std::string other = std::string(schema::kOtherNamePrefix) + std::string(name);
  return has_other(database, other) ? "" : other;
}

Sql wanted_views(SQLite::Database& database, std::string_view about_to_come) {
  const Names tables = event_tables(database);
  Sql names;
  for (const schema::View& view : schema::kViews) {
    std::string name = name_for(database, view.name, about_to_come);
    if (!name.empty()) names.emplace(view.name, std::move(name));
  }
  Sql views;
  for (const schema::View& view : schema::kViews) {
    const std::string name = name_of(names, std::string(view.name));
    const std::string query = expand(view.query, tables, names);
    if (name.empty() || query.empty()) continue;
    views[name] = head_of(name) + query;
  }
  return views;
}

Sql present_views(SQLite::Database& database) {
  Sql views;
  SQLite::Statement row(database, "SELECT name, sql FROM sqlite_master WHERE type = 'view'");
  while (row.executeStep()) {
    std::string name = row.getColumn(0).getString(), sql = row.getColumn(1).getString();
    if (is_ours(name, sql)) views[std::move(name)] = std::move(sql);
  }
  return views;
}

}  // namespace

bool are_views_current(SQLite::Database& database) {
  return wanted_views(database, {}) == present_views(database);
}

void make_views(SQLite::Database& database, std::string_view about_to_come) {
  const Sql wanted = wanted_views(database, about_to_come);
  const Sql present = present_views(database);
  for (const auto& [name, sql] : present) {
    const auto same = wanted.find(name);
    if (same == wanted.end() || same->second != sql) {
      database.exec("DROP VIEW " + sqlite::quoted_name(name));
    }
  }
  for (const auto& [name, sql] : wanted) {
    const auto same = present.find(name);
    if (same == present.end() || same->second != sql) database.exec(sql);
  }
}

bool is_own_view(SQLite::Database& database, std::string_view name) {
  SQLite::Statement row(database,
                        "SELECT name, sql FROM sqlite_master WHERE type = 'view' AND name = ?1 "
                        "COLLATE NOCASE");
  row.bind(1, std::string(name));
  return row.executeStep() && is_ours(row.getColumn(0).getString(), row.getColumn(1).getString());
}

void keep_views_current(SQLite::Database& database, const std::string& path) noexcept {
  // Of the last schema that was found to be good: a look at it takes as long as a push.
  static std::atomic<std::uint64_t> good{0};
  try {
    const auto state_of_schema = [&] {
      const std::string cookie = database.execAndGet("PRAGMA schema_version").getString();
      return base::Fnv1a{}.add(path).add(" ").add(cookie).value();
    };
    if (good.load() == state_of_schema()) return;
    if (!are_views_current(database)) {
      sqlite::Transaction transaction(database);
      make_views(database);
      transaction.commit();
    }
    good.store(state_of_schema());
  } catch (const std::exception&) {
    // Rows count; the next program makes them.
  }
}

}  // namespace dblog::store
