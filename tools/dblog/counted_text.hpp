// Numbers of things in what the verbs print.
#pragma once

#include <cstdint>
#include <string>

namespace dblog::tool {

/// "1 row", "2 rows".
inline std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

}  // namespace dblog::tool
