// The rows that a message stands for besides its carrier: folding them in, and letting them share
// its fate. In batches, because there may be a million, and a write transaction must be short. A
// kill between two batches leaves what the next flush completes.
// Used by the queue and by flush's setup. Throws as OutboxDatabase does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/outbox/outbox_database.hpp"

namespace dblog::outbox {

/// Asked between batches; false ends the work early.
using KeepGoing = std::function<bool()>;

/// Folds a pending row into a carrier's message; false if it is in another's. In a transaction.
bool fold(OutboxDatabase& database, std::int64_t row, std::int64_t carrier);

/// The folded rows get their carrier's attempts, next_attempt and last_error.
void mirror_failure(OutboxDatabase& database, std::int64_t carrier, const KeepGoing& keep_going);

/// The folded rows of a carrier that is 'sent' or 'dead' become so too; then its digest is settled.
void settle(OutboxDatabase& database, std::int64_t carrier, const KeepGoing& keep_going);

/// settle() for all of a channel that a flush before us could not finish.
void settle_all(OutboxDatabase& database, const std::string& channel, const KeepGoing& keep_going);

/// A message that never was complete, or whose carrier was dropped: its rows are free again.
void take_apart(OutboxDatabase& database, std::int64_t carrier, const KeepGoing& keep_going);

}  // namespace dblog::outbox
