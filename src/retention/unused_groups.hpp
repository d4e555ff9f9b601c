// What is known of groups goes with the last of their crashes and stacks. Used by the parts that
// delete these. Threads: as the connection.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

namespace dblog::retention {

/// In the caller's transaction. A group that a person has decided or noted something about stays in
/// crash_group_states. Throws SQLite::Exception.
void forget_unused_groups(SQLite::Database& database, const std::vector<std::string>& fingerprints);

}  // namespace dblog::retention
