// Which tables of a database the reader shows, and single rows of them. Used by the reader's parts.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/store/reader.hpp"

namespace dblog::store {

struct Table {
  std::string name;
  bool is_crashes = false;
};

/// The table of crashes, if there is one, then those of events by name.
std::vector<Table> find_tables(SQLite::Database& database);

/// The index of the one that SQLite would take for `name`.
std::optional<std::size_t> find_table(const std::vector<Table>& tables, std::string_view name);

Error no_such_table(const std::string& name);
Error no_such_entry(const EntryId& id);

std::optional<Entry> read_entry(SQLite::Database& database, const Table& table, std::int64_t id);

}  // namespace dblog::store
