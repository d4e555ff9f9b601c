// The database is kept within its limits by the programs that write to it (docs/retention.md),
// which also see to it that a tool waits with the messages of an outbox (docs/delivery.md). Used by
// loggers, monitors and the queue's writer. Threads: any.
#pragma once

#include "src/config/retention.hpp"
#include "src/retention/maintenance.hpp"
#include "src/store/store.hpp"

namespace dblog::api {

/// The limits from here on. Until then those of ./.env and the environment count, read when they
/// are first needed.
void set_maintenance_limits(const config::Retention& retention);

/// Only if is_maintenance_due().
void maintain_now(store::Store& store) noexcept;

/// After a commit. Two numbers are compared; once in some hundred rows it is a slice of work.
inline void maintain(store::Store& store) noexcept {
  if (retention::is_maintenance_due(store)) maintain_now(store);
}

}  // namespace dblog::api
