// Which tables of a database the reader shows, and single rows of them. Used by the reader's parts.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::reader {

struct Table {
  std::string name;
  bool is_crashes = false;
  bool is_hardware = false;
};

/// The table of crashes, if there is one, then those of events by name.
std::vector<Table> find_tables(SQLite::Database& database);

/// The index of the one that SQLite would take for `name`.
std::optional<std::size_t> find_table(const std::vector<Table>& tables, std::string_view name);

/// The same, and the snapshots of hardware if that is what `name` says: they are in no list of all
/// tables, most belong to the crashes and events there.
std::optional<Table> find_named_table(SQLite::Database& database, const std::vector<Table>& tables,
                                      std::string_view name);

base::Error no_such_table(const std::string& name);

/// Says whether there was one, as far as SQLite remembers which ids it gave.
base::Error no_such_entry(SQLite::Database& database, const EntryId& id);

std::optional<Entry> read_entry(SQLite::Database& database, const Table& table, std::int64_t id);

}  // namespace dblog::reader
