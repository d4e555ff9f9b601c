// Conversations about crashes that went to another group. Called by those who move them.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>
#include <vector>

namespace dblog::outbox {

/// The alerts of `crashes` had the fingerprint `from`, and have `to` now: what was sent about them,
/// and until when it is quiet, goes on under `to`; with a conversation that is there it becomes
/// one, quiet until both would be over. In the caller's transaction; does nothing in a database
/// without an outbox of this version. Throws SQLite::Exception.
void move_conversations(SQLite::Database& database, const std::vector<std::int64_t>& crashes,
                        const std::string& from, const std::string& to);

}  // namespace dblog::outbox
