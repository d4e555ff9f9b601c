#include "src/sqlite/placeholder_tables.hpp"

#include <SQLiteCpp/Statement.h>

#include "src/schema/schema.hpp"

namespace dblog::store {

void stand_in_for_missing_tables(SQLite::Database& database) {
  SQLite::Database model(":memory:", SQLite::OPEN_READWRITE);
  model.exec(schema::kCreateTables);
  database.exec("PRAGMA temp_store = MEMORY");
  SQLite::Statement there(database,
                          "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?1");
  SQLite::Statement needed(model,
                           "SELECT name, substr(sql, length('CREATE TABLE ') + 1) FROM "
                           "sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
  while (needed.executeStep()) {
    there.reset();
    there.bind(1, needed.getColumn(0).getString());
    if (there.executeStep()) continue;
    database.exec("CREATE TEMP TABLE IF NOT EXISTS " + needed.getColumn(1).getString());
  }
}

}  // namespace dblog::store
