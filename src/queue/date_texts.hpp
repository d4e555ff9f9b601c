// Dates of many events that follow each other: the local time is looked up once a second of theirs.
// Used for batches of queued events. Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "src/base/local_time.hpp"

namespace dblog::queue {

class DateTexts {
 public:
  /// As local_date_text() has it, with a NUL.
  std::array<char, base::kDateTextSize> text(std::int64_t utc_microseconds);

  /// How far the date of the last text was from UTC.
  [[nodiscard]] std::int32_t offset_of_last() const noexcept { return offset_; }

 private:
  std::int32_t offset_ = 0;
  std::int64_t second_ = std::numeric_limits<std::int64_t>::min();
  std::array<char, base::kDateTextSize> of_second_{};
};

}  // namespace dblog::queue
