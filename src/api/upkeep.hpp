// The database is kept within its limits by the programs that write to it (docs/retention.md).
// Used by loggers, monitors and the queue's writer. Threads: any.
#pragma once

#include <filesystem>

#include "src/retention/upkeep.hpp"
#include "src/store/store.hpp"

namespace dblog {

/// Where the limits are read, when they are next needed; empty: ./.env.
void set_upkeep_settings(const std::filesystem::path& env_file);

/// Only if is_upkeep_due().
void keep_up_now(store::Store& store) noexcept;

/// After a commit. Two numbers are compared; once in some hundred rows it is a slice of work.
inline void keep_up(store::Store& store) noexcept {
  if (retention::is_upkeep_due(store)) keep_up_now(store);
}

}  // namespace dblog
