// Bytes of a text that a rule names.
#pragma once

#include <cstddef>

namespace dblog::scrub {

/// Stands for what was there, however long it was.
inline constexpr char kScrubbed[] = "[scrubbed]";

struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const TextSpan&, const TextSpan&) = default;
};

}  // namespace dblog::scrub
