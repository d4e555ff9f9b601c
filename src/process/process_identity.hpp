// Which process it is: its id, and what tells it apart from one that has the same id later.
// Context: crash time. System calls only.
#pragma once

#include <cstdint>
#include <type_traits>

namespace dblog::process {

/// A part of the black box's and the queue file's layout.
struct ProcessIdentity {
  std::int32_t id;
  std::int32_t reserved;
  std::int64_t start_ticks;  ///< field 22 of /proc/PID/stat; -1: not known
  char boot_id[40];          ///< /proc/sys/kernel/random/boot_id; empty: not known
};
static_assert(std::is_trivially_copyable_v<ProcessIdentity>);

/// Of the process that has this id now.
ProcessIdentity identity_of(int process_id) noexcept;

bool is_same_boot(const ProcessIdentity& one, const ProcessIdentity& other) noexcept;

/// False too where the start time is not known.
bool is_same_process(const ProcessIdentity& one, const ProcessIdentity& other) noexcept;

}  // namespace dblog::process
