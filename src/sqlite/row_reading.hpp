// Rows out of SQLite's statements. Throws SQLite::Exception, which a read connection explains.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/sqlite/row.hpp"

namespace dblog::sqlite {

/// Longer texts end there and say how much is left out: a hostile database may hold anything.
inline constexpr std::size_t kMaxValueBytes = 16 * 1024 * 1024;

/// The first column of each row.
std::vector<std::string> all_texts(SQLite::Database& database, const std::string& query);

Row current_row(SQLite::Statement& statement);

/// Null if the statement gives no row.
std::optional<Row> first_row(SQLite::Statement& statement);

std::vector<Row> all_rows(SQLite::Statement& statement);

/// At most so many. `is_truncated` becomes true if there are more.
std::vector<Row> all_rows(SQLite::Statement& statement, std::size_t most, bool& is_truncated);

/// A value that was read, as a parameter; text as text.
void bind_value(SQLite::Statement& statement, int parameter, const Value& value);

/// A table with rows of its own: no view, and no virtual one, whose module is not ours to load.
bool has_table(SQLite::Database& database, const char* name);

/// Such a table that has this column: of an older database, a table with a name of ours may be
/// another program's.
bool has_table(SQLite::Database& database, const char* name, const char* column);

}  // namespace dblog::sqlite
