// _exit() and _Exit() end the program without its exit functions: the black box is told, or the
// next run would report that the program was killed. quick_exit() has functions of its own
// (crash_handler.cpp).
// Context: setup.
#pragma once

namespace dblog::crash {

/// `at_own_end` is called first, from now on. It is async-signal-safe, and may be called in a child
/// of vfork().
void watch_exits(void (*at_own_end)() noexcept) noexcept;

/// Which of the program's own calls do not come here: the name of a function, or null. Makes the
/// linker take the interposed functions along with the handlers.
const char* exit_of_others() noexcept;

}  // namespace dblog::crash
