// Context: crash time.
#include "src/base/number_text.hpp"

namespace dblog::base {
namespace {

constexpr std::size_t kMaxDigits = 20;

/// Writes the digits backwards; returns how many.
std::size_t reversed_digits(std::uint64_t value, char (&digits)[kMaxDigits]) noexcept {
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return count;
}

}  // namespace

std::size_t write_whole(std::int64_t value, char* text, std::size_t capacity) noexcept {
  if (capacity == 0) return 0;
  text[0] = '\0';
  const bool negative = value < 0;
  const auto bits = static_cast<std::uint64_t>(value);
  char digits[kMaxDigits];
  const std::size_t count = reversed_digits(negative ? 0 - bits : bits, digits);
  const std::size_t length = count + (negative ? 1 : 0);
  if (length + 1 > capacity) return 0;

  char* at = text;
  if (negative) *at++ = '-';
  for (std::size_t i = count; i > 0; --i) *at++ = digits[i - 1];
  *at = '\0';
  return length;
}

std::size_t write_decimal(double value, int max_decimals, char* text,
                          std::size_t capacity) noexcept {
  if (capacity == 0) return 0;
  text[0] = '\0';
  std::uint64_t scale = 10;
  for (int i = 1; i < max_decimals && i < 9; ++i) scale *= 10;
  constexpr double kLimit = 1.8e19;  // below 2^64
  const double scaled = value * static_cast<double>(scale);
  if (!(scaled >= 0 && scaled < kLimit)) return 0;  // catches NaN too
  const auto rounded = static_cast<std::uint64_t>(scaled + 0.5);

  const auto whole = static_cast<std::int64_t>(rounded / scale);
  const std::size_t length = write_whole(whole, text, capacity);
  std::size_t end = length;
  std::uint64_t rest = rounded % scale;
  do {
    const std::size_t needed = end == length ? 3 : 2;  // the point, a digit, the NUL
    if (length == 0 || end + needed > capacity) {
      text[0] = '\0';
      return 0;
    }
    if (end == length) text[end++] = '.';
    scale /= 10;
    text[end++] = static_cast<char>('0' + rest / scale);
    rest %= scale;
  } while (rest != 0);
  text[end] = '\0';
  return end;
}

}  // namespace dblog::base
