// The library's version (semantic versioning): of these headers as macros, of the library that is
// linked by version(). CMakeLists.txt has the same numbers, which the build checks.
#pragma once

#include "dblog/export.hpp"

/// The major version of these headers.
#define DBLOG_VERSION_MAJOR 0
/// The minor version of these headers.
#define DBLOG_VERSION_MINOR 1
/// The patch version of these headers.
#define DBLOG_VERSION_PATCH 0
/// The three as one number to compare with: 10203 is 1.2.3.
#define DBLOG_VERSION_NUMBER \
  (DBLOG_VERSION_MAJOR * 10000 + DBLOG_VERSION_MINOR * 100 + DBLOG_VERSION_PATCH)

namespace dblog {
inline namespace abi_1 {

/// "MAJOR.MINOR.PATCH" of the library that is linked. Threads: may be called from any thread, and
/// from signal handlers.
[[nodiscard]] DBLOG_EXPORT const char* version() noexcept;

}  // namespace abi_1
}  // namespace dblog
