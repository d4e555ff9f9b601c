// Recognizes what Clang calls where a function is noexcept: its __clang_call_terminate, which every
// module has for itself, without a name once it is stripped. GCC's code has the runtime do it.
// Context: crash time.
#pragma once

#include <cstdint>

namespace dblog::crash {

/// Whether the function that begins at `start` does nothing but call __cxa_begin_catch, which is at
/// `begin_catch`, and then what returns to `return_address` (std::terminate): no function of a
/// program does that. False where it cannot be told (another processor than x86-64). Reads code
/// that is running and the linkage table that it uses: to be called where faults are caught.
bool is_clang_call_terminate(std::uint64_t start, std::uint64_t return_address,
                             std::uint64_t begin_catch) noexcept;

}  // namespace dblog::crash
