// Imports the queues of dead processes: events that a program was told are accepted, and that its
// writer had not committed when it ended. Exactly once, even if several processes import at
// the same time: one transaction has the rows and how far the queue was read.
// Called by recover(). Uses the ordinary store. Threads: any.
#pragma once

#include <cstdint>
#include <vector>

#include "src/base/result.hpp"
#include "src/recovery/dead_file.hpp"
#include "src/sqlite/retry_backoff.hpp"

namespace dblog::recovery {

struct QueueOutcome {
  std::int64_t events = 0;  ///< rows made
  int left = 0;             ///< files that were not looked at, or not to their end: no time
  int being_imported = 0;   ///< files that another process is importing just now
  std::vector<base::Error> refused;  ///< damaged, foreign or of another version, left where they
                                     ///< are; or with events that are lost
  std::vector<base::Error> failed;   ///< the database would not take them; left where they are
};

/// The queue files among those beside a database (an absolute path). Begins no further batch after
/// `end`.
QueueOutcome import_queues(const SidecarFiles& files, sqlite::RetryBackoff::Clock::time_point end);

}  // namespace dblog::recovery
