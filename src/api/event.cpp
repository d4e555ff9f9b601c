// Event: dates, order and print.
#include "dblog/event.hpp"

#include <unistd.h>

#include <ostream>
#include <tuple>

#include "src/base/local_time.hpp"
#include "src/event/local_offset.hpp"

namespace dblog {
inline namespace abi_1 {

Timestamp now() noexcept {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

int current_process_id() noexcept { return ::getpid(); }

std::string local_date_text(Timestamp date) {
  const std::int64_t microseconds = date.time_since_epoch().count();
  char text[base::kDateTextSize];
  base::format_date(microseconds, event::local_offset_seconds(microseconds), text);
  return text;
}

std::strong_ordering operator<=>(const Event& left, const Event& right) {
  return std::tie(left.date, left.process_id, left.message) <=>
         std::tie(right.date, right.process_id, right.message);
}

std::ostream& operator<<(std::ostream& out, const Event& event) {
  return out << local_date_text(event.date) << " [" << event.process_id << "] " << event.message;
}

}  // namespace abi_1
}  // namespace dblog
