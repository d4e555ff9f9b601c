// The members of a message, which are the rows that it stands for besides its lead: adding them,
// and letting them share its fate. In batches, because there may be a million, and a write
// transaction must be short. A kill between two batches leaves what the next flush completes. Used
// by the queue and by flush's setup. Throws as OutboxDatabase does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/outbox/outbox_database.hpp"

namespace dblog::outbox {

/// Asked between batches; false ends the work early.
using KeepGoing = std::function<bool()>;

/// Makes a pending row a member of a lead's message; false if it is in another. In a transaction.
bool add_member(OutboxDatabase& database, std::int64_t row, std::int64_t lead);

/// The members get their lead's attempts, next_attempt and last_error.
void mirror_failure(OutboxDatabase& database, std::int64_t lead, const KeepGoing& keep_going);

/// The members of a lead that is 'sent' or 'dead' become so too; then its digest is settled.
void settle(OutboxDatabase& database, std::int64_t lead, const KeepGoing& keep_going);

/// settle() for all of a channel that a flush before us could not finish.
void settle_all(OutboxDatabase& database, const std::string& channel, const KeepGoing& keep_going);

/// A message that never was complete, or whose lead was dropped: its rows are free again.
void take_apart(OutboxDatabase& database, std::int64_t lead, const KeepGoing& keep_going);

}  // namespace dblog::outbox
