#include "src/reader/name_search.hpp"

#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "src/reader/reader.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::reader {
namespace {

// More would not help who has to choose.
constexpr std::size_t kMostNamed = 5;

// Nothing that begins so comes after char(1114111), Unicode's last.
constexpr const char* kUuids =
    "SELECT id, uuid FROM crashes WHERE uuid >= ?1 AND uuid <= ?1 || char(1114111) "
    "ORDER BY uuid IS NOT ?1, id LIMIT ?2";
constexpr const char* kBegins = " WHERE fingerprint >= ?1 AND fingerprint <= ?1 || char(1114111)";

std::optional<std::int64_t> number_in(std::string_view name) {
  constexpr std::string_view kPrefix = "crashes/";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  std::int64_t number = 0;
  const char* end = name.data() + name.size();
  const auto [stop, failure] = std::from_chars(name.data(), end, number);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// As they are stored.
std::string lower_case(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kMostNamed ? text + ", ..." : text;
}

base::Error several(const std::string& name, const char* what,
                    const std::vector<std::string>& names) {
  return {base::ErrorCode::invalid_argument, name,
          std::string("is the beginning of several ") + what + " (" + joined(names) +
              "); give more of it"};
}

base::Error no_such_crash(const std::string& name) {
  return {base::ErrorCode::not_found, name,
          "is no crash of this database, neither an id nor the beginning of a UUID; 'dblog list "
          "--crashes' lists them"};
}

std::vector<std::string> fingerprints_with(SQLite::Database& database, const std::string& beginning,
                                           std::initializer_list<const char*> where,
                                           const char* column) {
  std::string tables;
  for (const char* table : where) {
    if (!sqlite::has_table(database, table, column)) continue;
    tables += std::string(tables.empty() ? "SELECT " : " UNION SELECT ") + column +
              " AS fingerprint FROM " + table + kBegins;
  }
  std::vector<std::string> found;
  if (tables.empty()) return found;
  SQLite::Statement statement{database, "SELECT fingerprint FROM (" + tables +
                                            ") ORDER BY fingerprint IS NOT ?1, fingerprint "
                                            "LIMIT ?2"};
  statement.bind(1, beginning);
  statement.bind(2, static_cast<std::int64_t>(kMostNamed + 1));
  while (statement.executeStep()) found.push_back(statement.getColumn(0).getString());
  return found;
}

base::Result<std::string> fingerprint_with(SQLite::Database& database,
                                           const std::string& beginning) {
  std::vector<std::string> found = fingerprints_with(
      database, beginning, {"crashes", "stacks", "crash_group_states"}, "fingerprint");
  // What it was called before its functions had names, in a message perhaps.
  if (found.empty()) {
    found = fingerprints_with(database, beginning, {"fingerprint_aliases"}, "named");
  }
  if (found.empty()) {
    return base::Error{base::ErrorCode::not_found, beginning,
                       "is no group of this database; 'dblog groups' lists them"};
  }
  if (found.size() > 1 && found.front() != beginning) return several(beginning, "groups", found);
  return found.front();
}

// Fingerprints have a colon; ids and UUIDs have none.
bool names_group(const std::string& name) { return name.find(':') != std::string::npos; }

std::optional<std::int64_t> crash_with_id(SQLite::Database& database, const std::string& name) {
  const auto id = number_in(name);
  if (!id) return id;
  SQLite::Statement row{database, "SELECT id FROM crashes WHERE id = ?1"};
  row.bind(1, *id);
  return row.executeStep() ? id : std::nullopt;
}

base::Result<std::int64_t> newest_of(SQLite::Database& database, const std::string& beginning) {
  const auto fingerprint = fingerprint_with(database, beginning);
  if (!fingerprint) return fingerprint.error();
  SQLite::Statement row{database, "SELECT id FROM crashes WHERE fingerprint = ?1 ORDER BY id DESC"};
  row.bind(1, *fingerprint);
  if (row.executeStep()) return row.getColumn(0).getInt64();
  return base::Error{base::ErrorCode::not_found, *fingerprint, "has no crash in this database"};
}

}  // namespace

bool is_uuid_beginning(std::string_view name) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  if (name.empty() || name.size() > kShape.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_digit = kDigits.find(name[i]) != std::string_view::npos;
    if (kShape[i] == '-' ? name[i] != '-' : !is_digit) return false;
  }
  return true;
}

base::Result<std::int64_t> find_crash(SQLite::Database& database, const std::string& name) {
  if (!sqlite::has_table(database, kCrashTable, "uuid")) return no_such_crash(name);
  if (names_group(name)) return newest_of(database, name);
  if (const auto id = crash_with_id(database, name)) return *id;
  if (!is_uuid_beginning(name)) return no_such_crash(name);
  const std::string beginning = lower_case(name);
  SQLite::Statement row{database, kUuids};
  row.bind(1, beginning);
  row.bind(2, static_cast<std::int64_t>(kMostNamed + 1));
  std::vector<std::string> names;
  std::optional<std::int64_t> first;
  bool is_whole = false;
  while (row.executeStep()) {
    if (!first) {
      first = row.getColumn(0).getInt64();
      is_whole = row.getColumn(1).getString() == beginning;
    }
    names.push_back(row.getColumn(0).getString() + ": " + row.getColumn(1).getString());
  }
  if (!first) return no_such_crash(name);
  if (names.size() > 1 && !is_whole) return several(name, "crashes' UUIDs", names);
  return *first;
}

base::Result<std::string> find_fingerprint(SQLite::Database& database, const std::string& name) {
  if (names_group(name)) return fingerprint_with(database, name);
  const auto crash = find_crash(database, name);
  if (!crash) {
    const bool is_unknown = crash.error().code == base::ErrorCode::not_found;
    return is_unknown ? base::Error{base::ErrorCode::not_found, name,
                                    "is no group of this database, and no crash of one; 'dblog "
                                    "groups' lists groups"}
                      : crash.error();
  }
  SQLite::Statement row{database, "SELECT fingerprint FROM crashes WHERE id = ?1"};
  row.bind(1, *crash);
  if (row.executeStep() && !row.isColumnNull(0)) return row.getColumn(0).getString();
  return base::Error{base::ErrorCode::not_found, name,
                     "is a crash that has no group yet; 'dblog symbolize' gives it one"};
}

}  // namespace dblog::reader
