#include "tools/dblog/time_option.hpp"

#include <time.h>

#include <charconv>
#include <chrono>
#include <cstdint>

namespace dblog::tool {

std::optional<Timestamp> parse_local_time(const std::string& text) {
  for (const char* format :
       {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') continue;
    parts.tm_isdst = -1;
    const int day = parts.tm_mday;
    const std::time_t seconds = std::mktime(&parts);
    // The 31st of February would be a day of March.
    if (seconds == -1 || parts.tm_mday != day) return std::nullopt;
    return Timestamp{std::chrono::seconds{seconds}};
  }
  return std::nullopt;
}

std::optional<Timestamp::duration> parse_duration(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [unit, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || unit + 1 != end || number <= 0) return std::nullopt;
  std::int64_t seconds = 0;
  switch (*unit) {
    case 's':
      seconds = 1;
      break;
    case 'm':
      seconds = 60;
      break;
    case 'h':
      seconds = 3'600;
      break;
    case 'd':
      seconds = 86'400;
      break;
    case 'w':
      seconds = 7 * 86'400;
      break;
    default:
      return std::nullopt;
  }
  constexpr std::int64_t kTenYears = std::int64_t{3'653} * 86'400;
  if (number > kTenYears / seconds) return std::nullopt;
  return std::chrono::seconds{number * seconds};
}

}  // namespace dblog::tool
