// Rows from a queue file, on their way into the database: what src/queue and src/recovery hand to
// the store.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
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
  std::array<char, base::kDateTextSize> date{};
  const EventFactsRow* facts = nullptr;  ///< null: none; must outlive the call
  std::int32_t utc_offset_seconds = 0;   ///< of the date
};

struct QueuedBatch {
  std::string queue;                      ///< its UUID
  std::vector<sqlite::TableName> tables;  ///< of the queue, in its numbering
  std::vector<QueuedRow> rows;            ///< by position
  std::uint64_t end = 0;        ///< what is before this position is done with once they are there
  std::int64_t process_id = 0;  ///< that pushed them, in dblog_processes; 0: not known
  std::optional<ProcessRow> process = {};  ///< what is known of it, if it is gone
};

struct QueuedOutcome {
  std::int64_t inserted = 0;
  std::int64_t rejected = 0;  ///< their tables would not have them, and never will
  std::string reason;         ///< for the first of those
};

}  // namespace dblog::store
