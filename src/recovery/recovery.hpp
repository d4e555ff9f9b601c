// Imports what dead processes left beside the database: black boxes (crashes that could not be
// committed, and processes that were killed) and queued events. Exactly once each, even if
// several processes import at the same time. Called by install_handlers() and `dblog recover`. Uses
// the crash connection, which must be open on the database, so that there is one code that writes
// crashes. Threads: one at a time, and none that may crash into installed handlers meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.hpp"

namespace dblog::recovery {

struct RecoveryOutcome {
  int crashes = 0;          ///< rows made from crash records
  int killed = 0;           ///< rows of processes that ended without a crash record
  int ended = 0;            ///< rows of processes that ended, and may have been killed
  int forgotten = 0;        ///< boxes that had nothing to tell
  std::int64_t events = 0;  ///< rows made of queued events
  int left = 0;             ///< boxes and queues that were not looked at: no time
  int in_other_hands = 0;   ///< boxes and queues that another process is importing just now
  std::size_t deleted = 0;  ///< the oldest boxes and queues beyond file_limit.hpp's numbers
  std::vector<base::Error>
      refused;                      ///< damaged, foreign or of another version; left where they are
  std::vector<base::Error> failed;  ///< the database would not take them; left where they are
};

/// What to say of RecoveryOutcome::deleted; empty if there is nothing to say.
std::string deleted_text(std::size_t deleted);

/// Imports the boxes and queues beside `database` (an absolute path). Begins no new one after
/// `limit`. What cannot be imported goes, the oldest first, beyond the limit of file_limit.hpp.
RecoveryOutcome recover(const std::filesystem::path& database, std::chrono::milliseconds limit);

/// The same for a program that has no handlers installed: opens the crash connection first. Makes
/// the database if it is gone and something waits beside its place; else it must exist.
base::Result<RecoveryOutcome> open_and_recover(const std::filesystem::path& database,
                                               std::chrono::milliseconds limit);

}  // namespace dblog::recovery
