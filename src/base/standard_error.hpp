// Whether descriptor 2 is still the program's standard error. A program that closes it may get the
// number back for a data file or a socket, and a line of ours would end up there.
// Context: crash time. Async-signal-safe. Threads: any.
#pragma once

namespace dblog::base {

/// Takes what descriptor 2 is now for the program's standard error. Context: setup.
void remember_standard_error() noexcept;

/// The same, unless something was remembered before.
void remember_standard_error_once() noexcept;

/// Whether descriptor 2 is what was remembered, or what programs redirect their standard error to:
/// a terminal, a pipe, a file that is opened for appending. False where there was none.
[[nodiscard]] bool has_standard_error() noexcept;

}  // namespace dblog::base
