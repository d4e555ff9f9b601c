// Numbers of things in what the verbs print.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace dblog::tool {

/// "1 row", "2 rows".
inline std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// "3.1 MB"
inline std::string megabytes(std::int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1'000'000);
  return text;
}

}  // namespace dblog::tool
