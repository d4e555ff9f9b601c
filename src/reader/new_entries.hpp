// What was recorded since the last look. Called by `dblog follow`. Each look opens the database
// and closes it again, so that no lock and no old file is held between two of them.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/reader/reader.hpp"

namespace dblog::reader {

/// Of each table of crashes and events that was seen, the highest id.
using Positions = std::map<std::string, std::int64_t>;

/// As of now. Fails as Reader::open() does.
base::Result<Positions> read_positions(const std::filesystem::path& database);

struct NewEntries {
  std::vector<Entry> entries;  ///< By date, then as they were recorded.
  bool are_more = false;       ///< At the next look, at once.
};

/// What is beyond `seen`, which moves on; of a table that it does not know, everything. At most
/// 500 of a table at once. Fails as Reader::open() does, and leaves `seen` as it was.
base::Result<NewEntries> read_new_entries(const std::filesystem::path& database,
                                          const EntryFilter& wanted, Positions& seen);

}  // namespace dblog::reader
