// Rows from a queue file, on their way into the database: what src/queue and src/recovery hand to
// the store.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/local_time.hpp"
#include "src/sqlite/table_name.hpp"
#include "src/store/rows.hpp"

namespace dblog::store {

struct QueuedRow {
  std::uint64_t position = 0;  ///< in its queue
  std::size_t table = 0;       ///< an index into QueuedBatch::tables
  std::string_view message;    ///< any bytes; must outlive the call
  std::array<char, crash::kDateTextSize> date{};
  const EventFactsRow* facts = nullptr;  ///< null: none; must outlive the call
};

struct QueuedBatch {
  std::string queue;              ///< its UUID
  std::vector<TableName> tables;  ///< of the queue, in its numbering
  std::vector<QueuedRow> rows;    ///< by position
  std::uint64_t end = 0;          ///< what is before this position is done with once they are there
};

struct QueuedOutcome {
  std::int64_t inserted = 0;
  std::int64_t rejected = 0;  ///< their tables would not have them, and never will
  std::string reason;         ///< for the first of those
};

}  // namespace dblog::store
