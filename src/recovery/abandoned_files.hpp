// Black boxes and queues that cannot be imported: damaged, truncated, or of a version of dblog that
// is no longer here. recover() names them at every run and leaves them; after some weeks they are
// deleted.
// Called by `dblog prune` and `dblog flush`.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

namespace dblog::recovery {

/// Deletes those beside `database` (an absolute path) that have not changed for so long; with
/// `is_dry` only finds them. What can be imported, belongs to a process that runs, or is no file of
/// this user's stays.
std::vector<std::filesystem::path> remove_abandoned(const std::filesystem::path& database,
                                                    std::chrono::hours age, bool is_dry);

}  // namespace dblog::recovery
