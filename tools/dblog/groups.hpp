// dblog groups: which faults there are, how often they came, and why crashes are one group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "dblog/event.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct GroupsOptions {
  std::int64_t limit = 20;
  std::optional<std::string> explain;  ///< Only the group whose name starts so, with its parts.
  bool json = false;
  std::optional<std::size_t> terminal_width;  ///< Lines are cut to it; without it they are whole.
  std::optional<Timestamp> now;               ///< Ages count from it; without it, no age is shown.
};

Outcome groups(const std::filesystem::path& database, const GroupsOptions& options);

}  // namespace dblog::tool
