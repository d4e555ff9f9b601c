#include "tools/dblog/age_text.hpp"

#include <time.h>

#include <chrono>
#include <cstdint>

#include "src/report/time_text.hpp"
#include "tools/dblog/counted_text.hpp"

namespace dblog::tool {
namespace {

std::optional<std::int64_t> seconds_since_1970(const std::string& time) {
  std::tm parts{};
  const std::string seconds = report::to_seconds(time);
  const char* end = ::strptime(seconds.c_str(), "%Y-%m-%d %H:%M:%S %z", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::int64_t east = parts.tm_gmtoff;  // timegm() overwrites it
  return ::timegm(&parts) - east;
}

std::string in_largest_unit(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60, kHour = 3'600, kDay = 86'400;
  if (seconds < kMinute) return std::to_string(seconds) + " s";
  if (seconds < kHour) return std::to_string(seconds / kMinute) + " min";
  if (seconds < kDay) return std::to_string(seconds / kHour) + " h";
  return counted(seconds / kDay, "day");
}

}  // namespace

std::string age_text(const std::string& time, Timestamp now) {
  const auto then = seconds_since_1970(time);
  if (!then) return "";
  const auto present = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  const std::int64_t age = present.count() - *then;
  return age < 0 ? "in " + in_largest_unit(-age) : in_largest_unit(age);
}

std::string with_age(const std::string& time, std::optional<Timestamp> now) {
  const std::string text = now ? age_text(time, *now) : "";
  if (text.empty()) return time;
  return time + " (" + text + (text.starts_with("in ") ? ")" : " ago)");
}

}  // namespace dblog::tool
