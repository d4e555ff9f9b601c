// Numbers as text without printf, which takes locks and may allocate.
// Called by the crash-time code that fills VARCHAR columns and paths.
// Context: crash time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dblog::base {

/// Digits of the longest 64-bit number, its sign and its NUL.
inline constexpr std::size_t kWholeTextSize = 21;

/// Writes "-12" and a NUL; returns the length without it. 0 and an empty text if `capacity` is too
/// small.
std::size_t write_whole(std::int64_t value, char* text, std::size_t capacity) noexcept;

/// Writes a value rounded to `max_decimals` (1 to 9) as Python prints a float: at least one
/// decimal, no zeros behind it ("0.0", "0.14", "12.5"). Returns the length; 0 and an empty text for
/// what is negative, not finite, beyond 64 bits once scaled, or too long for `capacity`.
std::size_t write_decimal(double value, int max_decimals, char* text,
                          std::size_t capacity) noexcept;

}  // namespace dblog::base
