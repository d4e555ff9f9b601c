// Whether memory can be read, asked of the kernel: an access behind the end of a
// mapped file that another program truncated is a SIGBUS. Context: crash time. One system call.
#pragma once

namespace dblog::base {

/// Whether the process runs under valgrind (setup). There, memory is probed, and signals are sent
/// again, in ways that it takes without noise and without an end of its own.
void expect_valgrind(bool is_there) noexcept;
bool is_under_valgrind() noexcept;

/// The 8 bytes at `address`, as far as that can be known: another thread may change it the next
/// moment.
bool is_readable(const void* address) noexcept;

}  // namespace dblog::base
