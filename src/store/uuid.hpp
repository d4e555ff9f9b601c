// Random UUIDs (RFC 9562, version 4), for what must be recognized again across databases.
// Used by the store for outbox rows.
#pragma once

#include <string>

#include "src/result/result.hpp"

namespace dblog::store {

/// 36 characters, lower case. ErrorCode::io if the kernel gives no random bytes.
[[nodiscard]] Result<std::string> random_uuid();

}  // namespace dblog::store
