// Any bytes through every parser of /proc and cgroup texts: none may read beyond the text, and
// what they give is a plausible value or "unknown".
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "src/base/proc_parsers.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_whole(std::int64_t value) { require(value >= dblog::base::kNotFound); }
void require_decimal(double value) { require(std::isfinite(value)); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of exactly this size, so that the address sanitizer sees the first byte beyond it.
  const std::unique_ptr<char[]> bytes{new char[size]};
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(data[i]);
  const std::string_view text{bytes.get(), size};

  const dblog::base::ProcessStat stat = dblog::base::parse_process_stat(text);
  for (const std::int64_t value :
       {stat.cpu_ticks, stat.threads, stat.start_ticks, stat.rss_pages}) {
    require_whole(value);
  }
  const dblog::base::ProcessIo io = dblog::base::parse_process_io(text);
  require_whole(io.read_count);
  require_whole(io.write_count);
  for (const std::string_view name : {"MemTotal", "MemAvailable", "SwapFree", "pswpin", ""}) {
    require_whole(dblog::base::parse_named_value(text, name));
  }
  (void)dblog::base::is_signal_in("SigBlk:", text, 64);
  const dblog::base::LoadAverage load = dblog::base::parse_load_average(text);
  require_decimal(load.minutes_1);
  require_decimal(load.minutes_5);
  require_decimal(load.minutes_15);
  require_decimal(dblog::base::parse_pressure(text));
  require_whole(dblog::base::parse_cgroup_value(text));
  const std::string_view group = dblog::base::parse_unified_cgroup(text);
  require(group.empty() || (group.front() == '/' && group.data() >= text.data() &&
                            group.data() + group.size() <= text.data() + text.size()));
  return 0;
}
