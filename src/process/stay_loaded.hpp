// Keeps this code in memory. Context: setup.
#pragma once

namespace dblog::process {

/// Handlers, thread stacks and exit functions lead into this library, or plug-in that contains it:
/// from here on it stays where it is when the program unloads it.
void stay_loaded() noexcept;

}  // namespace dblog::process
