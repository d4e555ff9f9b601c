// Who holds a lease: named so that another process can tell that the holder is dead, and need not
// wait for the lease's end.
#pragma once

#include <string>
#include <string_view>

namespace dblog::outbox {

/// This process: boot, pid namespace, pid, start time.
[[nodiscard]] std::string this_holder();

/// Surely no process any more. False where that cannot be known: another machine, boot or pid
/// namespace, or a text that is no holder's name.
[[nodiscard]] bool is_dead_lease_owner(std::string_view holder);

}  // namespace dblog::outbox
