#include "src/sqlite/placeholder_tables.hpp"

#include <SQLiteCpp/Statement.h>

#include "src/schema/schema.hpp"

namespace dblog::sqlite {

void add_placeholder_tables(SQLite::Database& database) {
  SQLite::Database model(":memory:", SQLite::OPEN_READWRITE);
  model.exec(schema::kCreateTables);
  database.exec("PRAGMA temp_store = MEMORY");
  SQLite::Statement there(database,
                          "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?1");
  SQLite::Statement needed(model,
                           "SELECT m.name, group_concat(c.name) FROM sqlite_master AS m, "
                           "pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT "
                           "LIKE 'sqlite%' GROUP BY m.name");
  while (needed.executeStep()) {
    const std::string table = needed.getColumn(0).getString();
    there.reset();
    there.bind(1, table);
    if (there.executeStep()) continue;
    database.exec("CREATE TEMP TABLE IF NOT EXISTS " + table + " (" +
                  needed.getColumn(1).getString() + ")");
  }
}

void add_placeholder_columns(SQLite::Database& database, const std::string& table) {
  SQLite::Database model(":memory:", SQLite::OPEN_READWRITE);
  model.exec(schema::kCreateTables);
  constexpr const char* kColumns = "SELECT name FROM pragma_table_info(?1)";
  constexpr const char* kColumn = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
  SQLite::Statement needed(model, kColumns);
  SQLite::Statement there(database, kColumn);
  needed.bind(1, table);
  there.bind(1, table);
  std::string missing;
  while (needed.executeStep()) {
    const std::string column = needed.getColumn(0).getString();
    there.reset();
    there.bind(2, column);
    if (!there.executeStep()) missing += ", NULL AS " + column;
  }
  if (missing.empty()) return;
  database.exec("CREATE TEMP VIEW " + table + " AS SELECT *" + missing + " FROM main." + table);
}

}  // namespace dblog::sqlite
