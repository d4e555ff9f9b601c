// How many files of processes that are gone wait to be imported. Called by the tool's verbs that
// look: who reads a list should know that it may not be all.
// Must never change a file nor hold a lock: somebody may be about to import it.
#pragma once

#include <cstddef>
#include <filesystem>

namespace dblog::recovery {

/// Black boxes and queues beside `database` whose lock is free. 0 if that cannot be told.
[[nodiscard]] std::size_t count_waiting_files(const std::filesystem::path& database) noexcept;

}  // namespace dblog::recovery
