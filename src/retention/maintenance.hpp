// Pruning by programs themselves, a little after every few hundred rows or each megabyte: an
// unattended program stays within its limits without the tool.
//
//   if (is_maintenance_due(store)) maintain(store, limits);
//
// Called by src/api after a push and by the queue's writer after a batch. Costs two numbers until
// it is due, then about 50 microseconds while the file is within its limits, some milliseconds
// while it is above, and a few hundred where that does not keep up with what is pushed. Never
// waits: others who hold the database come first. Threads: any; while one prunes, the others go on.
// Never at crash time, throws nothing but std::bad_alloc.
#pragma once

#include <functional>

#include "src/config/retention.hpp"
#include "src/store/store.hpp"

namespace dblog::retention {

/// By how much (Store::load_committed()) a database may grow before it is looked at again: so many
/// short rows, or a megabyte of long ones.
inline constexpr std::uint64_t kLoadBetweenLooks = 512;

/// After the process's first row, and after each kLoadBetweenLooks more.
[[nodiscard]] inline bool is_maintenance_due(store::Store& store) noexcept {
  return store.load_committed() >= store.maintenance_at().load(std::memory_order_relaxed);
}

/// Slices of work for each kLoadBetweenLooks since the last one, the more the farther the file is
/// over its limit. `limits` is asked only then.
void maintain(store::Store& store, const std::function<config::Retention()>& limits);

}  // namespace dblog::retention
