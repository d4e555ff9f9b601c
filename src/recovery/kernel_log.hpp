// What the kernel's log has of processes that the out-of-memory killer ended: the only trace that
// names the process. It is read where this process may (root, or without kernel.dmesg_restrict).
// Used by recovery.cpp, for a process that is gone without a crash.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/process/process_identity.hpp"

namespace dblog::recovery {

/// One such record.
struct MemoryKill {
  pid_t process = 0;              ///< in the first pid namespace
  std::string name;               ///< as in /proc/PID/comm: 15 bytes at most
  std::int64_t microseconds = 0;  ///< since the machine started, without the time it was suspended

  friend bool operator==(const MemoryKill&, const MemoryKill&) = default;
};

/// Of a record as /dev/kmsg gives it; nothing if it is about something else:
/// "3,339,5140900,-;Out of memory: Killed process 4711 (shop) total-vm:…".
[[nodiscard]] std::optional<MemoryKill> parse_memory_kill(std::string_view record);

/// Whether that is the process: by id, by name, and because it had been started by then.
/// Without `executable` by any name: of a process of which its parent knows that it was killed.
/// It may have been started by a link's name. `suspended_microseconds`: how long the machine was
/// suspended since it started.
[[nodiscard]] bool is_about(const MemoryKill& kill, const process::ProcessIdentity& process,
                            std::optional<std::string_view> executable,
                            std::int64_t suspended_microseconds);

/// Whether the log has it of this process. False if the log cannot be read, or this process is in a
/// pid namespace, whose ids are others. Takes some milliseconds.
[[nodiscard]] bool was_killed_for_memory(const process::ProcessIdentity& process,
                                         std::optional<std::string_view> executable);

}  // namespace dblog::recovery
