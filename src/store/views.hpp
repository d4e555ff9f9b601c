// Makes the views of src/schema/views.hpp, as the database's tables are now. `errors` names each
// table of events, so it is made again when one comes.
// Used by the store's connection only. Throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <string_view>

namespace dblog::store {

/// Of more tables of events, `errors` has the first ones by name: SQLite joins 500 at most.
inline constexpr int kMostTablesInView = 400;

/// Makes what is missing, or not as the tables are. What cannot be made is left out.
void keep_views_current(SQLite::Database& database, const std::string& path) noexcept;

/// Whether all are there as they would be made now.
[[nodiscard]] bool are_views_current(SQLite::Database& database);

/// Drops ours and makes them, in the caller's transaction. `about_to_come`: a table that is not
/// there yet, and whose name no view may have.
void make_views(SQLite::Database& database, std::string_view about_to_come = {});

/// Whether the view of this name is ours, and makes way for a table.
[[nodiscard]] bool is_own_view(SQLite::Database& database, std::string_view name);

}  // namespace dblog::store
