// The name of a process that owns leases, by which another process can tell that it is dead, and
// need not wait for the end of its leases.
#pragma once

#include <string>
#include <string_view>

namespace dblog::outbox {

/// This process: boot, pid namespace, pid, start time.
[[nodiscard]] std::string this_lease_owner();

/// Surely no process any more. False where that cannot be known: another machine, boot or pid
/// namespace, or a text that is no such name.
[[nodiscard]] bool is_dead_lease_owner(std::string_view owner);

}  // namespace dblog::outbox
