// The library's version (semantic versioning).
#pragma once

#include "dblog/export.hpp"

namespace dblog {

/// "MAJOR.MINOR.PATCH" of the library that is linked.
[[nodiscard]] DBLOG_EXPORT const char* version() noexcept;

}  // namespace dblog
