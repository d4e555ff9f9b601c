// Watches the C++ runtime's throws by interposing the functions that begin them: __cxa_throw,
// __cxa_init_primary_exception (std::make_exception_ptr) and _Unwind_RaiseException (exceptions of
// other languages). Definitions of the runtime's own that are linked into the same file (libstdc++
// linked statically) come before ours, and a library that is loaded later with dlopen() is not
// asked: then nothing is seen, and nothing else changes.
// Context: crash time: runs in every throw of the program. Keeps the stack (throw_sites) and calls
// the runtime; must never change what a throw does.
#pragma once

#include <cstdint>

namespace dblog::crash {

/// Whether a function that begins at this address is one of ours, to be left out of stacks.
bool is_throw_watch(std::uint64_t function_start) noexcept;

/// Whether the program's own throws come here. Nothing is thrown to find out: a debugger that stops
/// at throws would stop there. Context: setup.
bool throws_are_ours() noexcept;

}  // namespace dblog::crash
