#include "src/queue/date_texts.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "dblog/event.hpp"
#include "src/event/local_offset.hpp"

namespace dblog::queue {

std::array<char, base::kDateTextSize> DateTexts::text(std::int64_t utc_microseconds) {
  // The years that a date's text can have.
  constexpr std::int64_t kFirst = -62'167'219'200'000'000;
  constexpr std::int64_t kLast = 253'402'300'799'999'999;
  constexpr std::int64_t kMicroseconds = 1'000'000;
  constexpr std::size_t kFractionDigits = 6;
  const Timestamp date{std::chrono::microseconds{std::clamp(utc_microseconds, kFirst, kLast)}};
  const auto second = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
  if (second != second_) {
    const std::string whole = local_date_text(date);
    std::copy_n(whole.begin(), std::min(whole.size(), of_second_.size() - 1), of_second_.begin());
    second_ = second;
    offset_ = event::local_offset_seconds(second * kMicroseconds);
  }
  auto text = of_second_;
  std::int64_t fraction = date.time_since_epoch().count() - second * kMicroseconds;
  for (std::size_t digit = 0; digit < kFractionDigits; ++digit) {
    text[text.size() - 2 - digit] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  return text;
}

}  // namespace dblog::queue
