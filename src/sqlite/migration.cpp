// Schema version 0 to the present, with any number of processes starting at once.
#include "src/sqlite/migration.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <vector>

#include "src/schema/schema.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/transaction.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::sqlite {
namespace {

int schema_version(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

// A negative one is no version of ours either.
void refuse_newer(int version, const std::string& path) {
  if (version >= 0 && version <= schema::kVersion) return;
  throw StoreError({base::ErrorCode::newer_schema, text::one_line(path, path.size()),
                    "has schema version " + std::to_string(version) + ", this dblog knows " +
                        std::to_string(schema::kVersion) +
                        "; update dblog, or set $DBLOG_DB to another file"});
}

// Tables, views and indexes, as kCreateTables makes them. rootpage is 0 for a virtual table.
constexpr const char* kNames =
    "SELECT type || (rootpage > 0) || name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' "
    "ORDER BY 1";

constexpr const char* kTables =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";

SQLite::Database make_model() {
  SQLite::Database model(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
  model.exec(schema::kCreateTables);
  model.exec(schema::kCreateIndexes);
  return model;
}

bool has_our_tables(SQLite::Database& database) {
  // Never destroyed: the database may be used after main().
  static const auto& needed = *new std::vector<std::string>([] {
    SQLite::Database model = make_model();
    return all_texts(model, kNames);
  }());
  const std::vector<std::string> there = all_texts(database, kNames);
  return std::includes(there.begin(), there.end(), needed.begin(), needed.end());
}

// Of a version before; a user's own view of that name stays.
bool has_old_view(SQLite::Database& database) {
  SQLite::Statement view(database,
                         "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = "
                         "'crash_groups'");
  if (!view.executeStep()) return false;
  const std::string sql = view.getColumn(0).getString();
  return sql.starts_with(schema::kCrashGroupsHead) && !sql.ends_with(schema::kCrashGroups);
}

// Switching needs the file alone, and SQLite does not call the busy handler for it, because two
// that wait for each other would wait forever. Each that fails has released its lock.
// A file system without shared memory (NFS) keeps its rollback journal: slower, and as safe.
void use_write_ahead_log(SQLite::Database& database, RetryBackoff& backoff) {
  while (true) {
    try {
      if (database.execAndGet("PRAGMA journal_mode").getString() == "wal") return;
      database.execAndGet("PRAGMA journal_mode = WAL");
      return;
    } catch (const SQLite::Exception& failure) {
      if (failure.getErrorCode() != SQLITE_BUSY || !backoff.wait()) throw;
    }
  }
}

// SQLite opens the log by its name: where the database was moved away since it was opened, the log
// is another database's. Once log and database belong together they stay so.
void refuse_moved(SQLite::Database& database, const std::string& path) {
  schema_version(database);  // the first read opens the log
  int is_moved = 0;
  sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &is_moved);
  if (is_moved == 0) return;
  throw StoreError({base::ErrorCode::not_found, text::one_line(path, path.size()),
                    "was moved or replaced while it was opened; try again"});
}

StoreError names_taken(const std::string& path, const std::string& table) {
  return StoreError({base::ErrorCode::invalid_argument, text::one_line(path, path.size()),
                     "another program's table or view has the name of one of dblog's (" + table +
                         "); set $DBLOG_DB to another file"});
}

// The older project's hw_logs is as ours; what else has our names but not our columns is foreign.
void create_tables(SQLite::Database& database, const std::string& path) {
  SQLite::Database model = make_model();
  SQLite::Statement other_kind(database,
                               "SELECT 1 FROM sqlite_master WHERE name = ?1 COLLATE NOCASE AND "
                               "(type <> 'table' OR rootpage = 0)");
  for (const std::string& table : all_texts(model, kTables)) {
    other_kind.reset();
    other_kind.bind(1, table);
    if (other_kind.executeStep()) throw names_taken(path, table);
    const std::string columns = "SELECT lower(name) FROM pragma_table_info('" + table + "')";
    const auto there = all_texts(database, columns);
    if (there.empty()) continue;
    for (const std::string& needed : all_texts(model, columns)) {
      if (std::find(there.begin(), there.end(), needed) == there.end()) {
        throw names_taken(path, table);
      }
    }
  }
  database.exec(schema::kCreateTables);
  database.exec(schema::kCreateIndexes);
}

}  // namespace

std::optional<std::string> find_odd_table(SQLite::Database& database) {
  SQLite::Database model = make_model();
  SQLite::Statement odd(
      database,
      "SELECT 1 FROM sqlite_master AS m WHERE m.name = ?1 COLLATE NOCASE AND (m.type = 'view' OR "
      "(m.type = 'table' AND (m.rootpage = 0 OR "
      "EXISTS (SELECT 1 FROM pragma_table_xinfo(m.name) WHERE hidden <> 0))))");
  for (std::string& table : all_texts(model, kTables)) {
    odd.reset();
    odd.bind(1, table);
    if (odd.executeStep()) return std::move(table);
  }
  return std::nullopt;
}

void bring_up_to_date(SQLite::Database& database, const std::string& path, RetryBackoff& backoff) {
  const int version = schema_version(database);
  refuse_newer(version, path);
  // Not later: the first page says which kind of file it is.
  const bool is_empty = database.execAndGet("PRAGMA page_count").getInt64() == 0;
  if (is_empty) database.exec(schema::kMakeShrinkable);
  use_write_ahead_log(database, backoff);
  refuse_moved(database, path);
  if (version == schema::kVersion && has_our_tables(database) && !has_old_view(database)) return;

  constexpr std::chrono::minutes kLongestUpgrade{10};  // indexes of millions of rows
  backoff.allow(kLongestUpgrade);
  Transaction transaction(database);
  const int present = schema_version(database);  // another process may have been here
  refuse_newer(present, path);
  for (const schema::Upgrade& upgrade : schema::kUpgrades) {
    if (present != 0 && present <= upgrade.from) database.exec(upgrade.sql);
  }
  if (has_old_view(database)) database.exec("DROP VIEW crash_groups");
  create_tables(database, path);
  database.exec("PRAGMA user_version = " + std::to_string(schema::kVersion));
  transaction.commit();
}

}  // namespace dblog::sqlite
