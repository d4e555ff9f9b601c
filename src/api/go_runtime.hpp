// Whether a Go runtime is in the process: its program is written in Go, or a library of it is.
// Such a runtime ends the process by system calls of its own, where no interposed function and no
// exit function of the C library is called.
// Asks the loader, which takes its lock: not for crash time.
#pragma once

namespace dblog::api {

/// Looks through the files that are loaded now.
bool has_go_runtime() noexcept;

}  // namespace dblog::api
