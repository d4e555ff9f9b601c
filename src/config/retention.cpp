// Lists of limits read, and the defaults.
#include "src/config/retention.hpp"

#include <algorithm>
#include <charconv>

#include "src/base/ascii.hpp"
#include "src/config/setting_rules.hpp"

namespace dblog::config {
namespace {

constexpr std::int64_t kMost = 1'000'000'000;
constexpr std::int64_t kMegabyte = 1'000'000;
constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::optional<std::int64_t> parse_limit(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  const bool is_number = failure == std::errc{} && stop == end && number >= 0 && number <= kMost;
  return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> TableLimits::own(std::string_view table) const {
  const auto found = of_table.find(base::lower_cased(std::string(table)));
  return found == of_table.end() ? std::nullopt : std::optional(found->second);
}

std::optional<TableLimits> parse_table_limits(std::string_view text) {
  TableLimits limits;
  for (const std::string_view part : split_at(',', text)) {
    const std::size_t equals = part.rfind('=');
    const auto number = parse_limit(trimmed(equals == part.npos ? part : part.substr(equals + 1)));
    if (!number) return std::nullopt;
    if (equals == part.npos) {
      if (limits.general) return std::nullopt;
      limits.general = number;
      continue;
    }
    const std::string_view table = trimmed(part.substr(0, equals));
    if (table.empty() || !is_printable_text(table)) return std::nullopt;
    if (!limits.of_table.emplace(base::lower_cased(std::string(table)), *number).second)
      return std::nullopt;
  }
  return limits;
}

std::int64_t Retention::days_of(std::string_view table) const {
  return std::min(days.own(table).value_or(days.general.value_or(0)), kLongestDays);
}

std::int64_t Retention::days_of_sent() const {
  return std::min(days.own("outbox").value_or(kSentDays), kLongestDays);
}

std::int64_t Retention::rows_of(std::string_view table) const {
  return rows.own(table).value_or(rows.general.value_or(0));
}

std::int64_t Retention::bytes_of(std::string_view table) const {
  return megabytes.own(table).value_or(0) * kMegabyte;
}

bool Retention::limits_tables() const noexcept {
  return days.general || rows.general || !days.of_table.empty() || !rows.of_table.empty() ||
         !megabytes.of_table.empty();
}

std::int64_t Retention::bytes_of_file() const {
  return megabytes.general.value_or(kFileMegabytes) * kMegabyte;
}

}  // namespace dblog::config
