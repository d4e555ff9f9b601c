// What a dead process left in its queue file, read back: byte for byte distrusted.
// Used by src/recovery. Must never change the file.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.hpp"
#include "src/queue/queue_layout.hpp"
#include "src/store/queued_rows.hpp"

namespace dblog::queue {

struct QueueContent {
  QueueIdentity identity;  ///< its texts end
  std::string uuid;
  /// Everything that is whole, by position; also what the database has already.
  store::QueuedBatch events;
  std::vector<std::string> assembled;      ///< messages that events point to
  std::deque<store::EventFactsRow> facts;  ///< likewise
  /// Positions of events that do not fit their checksum. Those that the database has already may
  /// be overwritten in part; the others are lost.
  std::vector<std::uint64_t> damaged;
};

/// The most that a file of ours has.
inline constexpr std::uint32_t kMaxSlots = 1U << 20U;

/// Checks `bytes`, which must be aligned as a file that is mapped, and outlive the content.
/// ErrorCode::newer_schema for a file of another version of dblog. Events that their producer did
/// not finish are left out: no push reported them as accepted.
base::Result<QueueContent> read_queue(std::string_view bytes, const std::string& name);

}  // namespace dblog::queue
