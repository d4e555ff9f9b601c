// The files that processes have beside the database, and that wait to be imported if they are gone.
// Called by the tool's verbs that look: who reads a list should know that it may not be all.
// Must never change a file nor hold a lock: another process may be about to import it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace dblog::recovery {

struct WaitingFiles {
  std::size_t boxes = 0;  ///< whose lock is free, and of which a row would be made
  std::size_t queues = 0;
  std::uint64_t bytes = 0;  ///< of both
  std::size_t foreign = 0;  ///< of other users, or that others can write: not imported

  [[nodiscard]] std::size_t count() const noexcept { return boxes + queues; }
};

/// Beside `database`. Nothing if that cannot be told.
[[nodiscard]] WaitingFiles find_waiting_files(const std::filesystem::path& database) noexcept;

/// Whether another process that runs has `database` open, or a black box or a queue beside it: a
/// program that has logged, or has the handlers installed. Not while this process has it open: that
/// would lose SQLite its locks (fcntl(2), on close). False if it cannot be told.
[[nodiscard]] bool is_in_use(const std::filesystem::path& database) noexcept;

}  // namespace dblog::recovery
