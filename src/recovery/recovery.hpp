// Imports what dead processes left beside the database: black boxes (crashes that could not be
// committed, and processes that were killed) and queued events. Exactly once each, even if
// several processes import at the same time. Uses the crash connection, which must be open
// on the database, so that one code writes crashes. Threads: one at a time, and none that may crash
// into installed handlers meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "handlers/record/process_facts.hpp"
#include "src/base/result.hpp"
#include "src/base/uuid.hpp"
#include "src/process/process_identity.hpp"
#include "src/recovery/death_reason.hpp"

namespace dblog::recovery {

struct RecoveryOutcome {
  int crashes = 0;          ///< rows made from crash records
  int killed = 0;           ///< rows of processes that ended without a crash record
  int ended = 0;            ///< rows of processes that ended, and may have been killed
  int forgotten = 0;        ///< boxes that had nothing to tell
  std::int64_t events = 0;  ///< rows made of queued events
  int left = 0;             ///< boxes and queues that were not looked at: no time
  int being_imported = 0;   ///< boxes and queues that another process is importing just now
  std::size_t deleted = 0;  ///< the oldest boxes and queues beyond file_limit.hpp's numbers
  std::vector<base::Error>
      refused;                      ///< damaged, foreign or of another version; left where they are
  std::vector<base::Error> failed;  ///< the database would not take them; left where they are
};

/// What to say of RecoveryOutcome::deleted; empty if there is nothing to say.
std::string deleted_text(std::size_t deleted);

/// What those that waited for dead processes know of their ends, which the boxes do not say.
struct WaitedEnds {
  std::int32_t first = 0;  ///< the process whose box comes first: there may be no time for others
  /// Asked for each process of this boot that left no crash; may be empty.
  std::function<std::optional<WaitedEnd>(const BoxContent&)> end_of;
};

/// Imports the boxes and queues beside `database` (an absolute path). Begins no new one after
/// `limit`. What cannot be imported goes, the oldest first, beyond the limit of file_limit.hpp.
RecoveryOutcome recover(const std::filesystem::path& database, std::chrono::milliseconds limit,
                        const WaitedEnds& waited = {});

/// The same for a program that has no handlers installed: opens the crash connection first. Makes
/// the database if it is gone and something waits beside its place; else it must exist.
base::Result<RecoveryOutcome> open_and_recover(const std::filesystem::path& database,
                                               std::chrono::milliseconds limit,
                                               const WaitedEnds& waited = {});

/// A process without handlers that was killed, as its parent knows it.
struct KilledProcess {
  WaitedEnd end;
  base::Uuid uuid{};                   ///< of its row
  process::ProcessIdentity process{};  ///< taken while it ran
  std::int64_t oom_kills = -1;         ///< of its control group when it began; -1: not known
  crash::ProcessFacts facts;
};

/// Writes the row that recover() would make if the process had had a black box, and returns its id.
/// After open_and_recover(), for the same database.
base::Result<std::int64_t> record_kill(const KilledProcess& killed);

/// After open_and_recover(), which leaves the database open: this process no longer holds it, until
/// it is opened again. recover() may not be called until then.
void leave_database() noexcept;

}  // namespace dblog::recovery
