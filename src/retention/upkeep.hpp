// Pruning by programs themselves, a little after every few hundred rows: a program that nobody
// looks after stays within its limits without the tool.
//
//   if (is_upkeep_due(store)) keep_up(store, limits);
//
// Called by src/api after a push and by the queue's writer after a batch. Costs two numbers until
// it is due, then about 50 microseconds while the file is within its limits, and some milliseconds
// while it is above. Waits for nobody: others who hold the database come first.
// Threads: any; where one is at it, the others go on. Never at crash time, throws nothing but
// std::bad_alloc.
#pragma once

#include <functional>

#include "src/config/retention.hpp"
#include "src/store/store.hpp"

namespace dblog::retention {

/// Rows by which a database may grow before it is looked at again.
inline constexpr std::uint64_t kRowsBetweenLooks = 512;

/// After the process's first row, and after each kRowsBetweenLooks more.
[[nodiscard]] inline bool is_upkeep_due(store::Store& store) noexcept {
  return store.rows_committed() >= store.upkeep_at().load(std::memory_order_relaxed);
}

/// A slice of work for each kRowsBetweenLooks since the last one. `limits` is asked only then.
void keep_up(store::Store& store, const std::function<config::Retention()>& limits);

}  // namespace dblog::retention
