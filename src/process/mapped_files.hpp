// Files that this process has mapped and that another program may truncate: the black box, the
// queues, the index of the database's log (-shm). An access behind the new end of the file is a
// SIGBUS, which would kill a program that did nothing wrong. Code that maps such a file guards it
// here, with a function that mends the mapping; the SIGBUS handler calls it.
// Context: crash time. Every function is async-signal-safe. Threads: any.
// Where dblog's handlers are not installed, or SIGBUS is not among their signals, nothing here
// runs and the process dies of SIGBUS.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dblog::process {

/// What becomes of a mapping whose file is truncated.
enum class Mended : std::uint8_t {
  failed,    ///< the fault stays a crash
  for_now,   ///< the access may be tried again; another truncation is mended likewise
  for_good,  ///< the memory has no file behind it any more
};

/// Runs in a signal handler, one at a time. `owner` is what guard_mapping() was told.
using Mend = Mended (*)(void* owner, void* begin, std::size_t size) noexcept;

/// From here on until unguard_mapping(). False: there are too many, and this one is not guarded.
bool guard_mapping(void* begin, std::size_t size, Mend mend, void* owner) noexcept;

/// Before the memory is unmapped, or used for something else; in a child after fork() that does not
/// inherit it.
void unguard_mapping(const void* begin) noexcept;

/// For a SIGBUS at `address`: whether that is in a guarded mapping, and the access may be tried
/// again. Context: handler only.
bool mend_mapping(const void* address) noexcept;

/// A mend: private memory, all zeros, in place of the file.
bool replace_by_memory(void* begin, std::size_t size) noexcept;

}  // namespace dblog::process
