// How many files of dead processes may wait beside a database. A program that crashes again and
// again where nothing can be recorded, for instance in a database of a newer dblog, leaves one at
// each start; the disk is not to be filled by them.
// Called by recover(), install_handlers() and `dblog prune`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace dblog::recovery {

/// Black boxes and queues together.
inline constexpr std::size_t kMostWaitingFiles = 100;
inline constexpr std::uint64_t kMostWaitingBytes = 128 * 1024 * 1024;

/// Deletes the oldest of those that wait beside `database` (an absolute path) as far as they are
/// more than that; with `is_dry` only finds them. What belongs to a process that runs, or is no
/// file of this user's, is neither counted nor deleted. Empty if it cannot be told.
std::vector<std::filesystem::path> remove_beyond_limit(const std::filesystem::path& database,
                                                       bool is_dry) noexcept;

}  // namespace dblog::recovery
