// Addresses as the database holds them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dblog::grouping {

/// "0x1f"; nothing if that is not what it is.
[[nodiscard]] std::optional<std::uint64_t> parse_address(std::string_view text);

}  // namespace dblog::grouping
