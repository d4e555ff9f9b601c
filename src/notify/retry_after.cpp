// Both forms of the value; the obsolete date formats count as malformed.
#include "src/notify/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace dblog::notify {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_whole = error == std::errc{} && end == digits.data() + digits.size();
  return is_whole && number >= 0 ? std::optional(number) : std::nullopt;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<std::time_t> date_of(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view kShape = "___, __ ___ ____ __:__:__ GMT";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] != '_' && kShape[i] != text[i]) return std::nullopt;
  }
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  std::array<int, 5> numbers{};
  constexpr std::array<std::string_view::size_type, 5> kStarts = {5, 12, 17, 20, 23};
  constexpr std::array<int, 5> kMost = {31, 9'999, 23, 59, 60};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = number_of(text.substr(kStarts[i], i == 1 ? 4 : 2));
    if (!number || *number > kMost[i]) return std::nullopt;
    numbers[i] = static_cast<int>(*number);
  }
  std::tm date{};
  date.tm_mday = numbers[0];
  date.tm_mon = static_cast<int>(month / 3);
  date.tm_year = numbers[1] - 1900;
  date.tm_hour = numbers[2];
  date.tm_min = numbers[3];
  date.tm_sec = numbers[4];
  return timegm(&date);
}

}  // namespace

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::time_t now) {
  const std::string_view text = trimmed(value);
  std::optional<std::int64_t> seconds = number_of(text);
  if (!seconds) {
    const auto date = date_of(text);
    if (date) seconds = *date - now;
  }
  if (!seconds || *seconds <= 0 || *seconds > std::chrono::seconds(kMaxRetryAfter).count()) {
    return std::nullopt;
  }
  return std::chrono::seconds(*seconds);
}

}  // namespace dblog::notify
