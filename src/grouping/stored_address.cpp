#include "src/grouping/stored_address.hpp"

#include <charconv>
#include <system_error>

namespace dblog::grouping {

std::optional<std::uint64_t> parse_address(std::string_view text) {
  std::uint64_t value = 0;
  if (!text.starts_with("0x")) return std::nullopt;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data() + 2, end, value, 16);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace dblog::grouping
