// What people do to messages: drop them, or send them again.
// Called by `dblog outbox drop`, `dblog outbox replay` and `dblog flush --retry-dead`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "dblog/event.hpp"
#include "src/base/result.hpp"

namespace dblog::outbox {

struct ChangeOutcome {
  std::vector<std::int64_t> done;
  std::vector<std::int64_t> unknown;  ///< no such row
  std::vector<std::int64_t> busy;     ///< being sent right now: left alone
};

/// Deletes rows. The rows that one of them stood for are free again.
[[nodiscard]] base::Result<ChangeOutcome> drop(const std::filesystem::path& database,
                                               const std::vector<std::int64_t>& rows);

/// Makes rows pending and due, whatever became of them, with no failures counted. Their Message-ID
/// stays.
[[nodiscard]] base::Result<ChangeOutcome> replay(const std::filesystem::path& database,
                                                 const std::vector<std::int64_t>& rows,
                                                 Timestamp now);

/// replay() of all that is dead; how many rows.
[[nodiscard]] base::Result<std::int64_t> replay_dead(const std::filesystem::path& database,
                                                     Timestamp now);

}  // namespace dblog::outbox
