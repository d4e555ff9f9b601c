// The identity of this process: what the rows of its events and its crash call it by.
// Context: crash time.
#pragma once

#include "src/base/uuid.hpp"

namespace dblog::process {

/// Made at the first call of a process; a child has its own, however it was made. All zero in the
/// moment in which another thread, or what a signal handler interrupted, is making it: ask again.
base::Uuid own_uuid_now() noexcept;

/// The same, waiting for that moment to pass. Not in signal handlers.
base::Uuid own_uuid() noexcept;

}  // namespace dblog::process
