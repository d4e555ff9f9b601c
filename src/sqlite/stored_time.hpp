// Times that were written down, and a clock that may have been wrong when they were.
//
// What waits until a stored time asks lies_ahead(): a clock that was years ahead once would
// otherwise make it wait for years.
#pragma once

#include <chrono>

namespace dblog::sqlite {

/// Whether `stored` is still to come. `longest` is the longest wait that is ever set: a time that
/// lies further ahead was written by a wrong clock and counts as past.
template <typename Time>
[[nodiscard]] constexpr bool lies_ahead(Time stored, Time now,
                                        typename Time::duration longest) noexcept {
  return stored > now && stored <= now + longest;
}

/// Whether `stored` is so long ago, or lies ahead by more than that.
template <typename Time>
[[nodiscard]] constexpr bool is_older_than(Time stored, Time now,
                                           typename Time::duration age) noexcept {
  return stored < now - age || stored > now + age;
}

}  // namespace dblog::sqlite
