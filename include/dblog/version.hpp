// The library's version (semantic versioning).
#pragma once

#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// "MAJOR.MINOR.PATCH" of the library that is linked. Threads: may be called from any thread, and
/// from signal handlers.
[[nodiscard]] DBLOG_EXPORT const char* version() noexcept;

}  // namespace abi_1
}  // namespace dblog
