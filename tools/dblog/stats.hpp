// dblog stats: what there was at a glance: days, kinds, programs, releases, groups, messages.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "tools/dblog/filter_options.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct StatsOptions {
  FilterOptions filter;
  bool json = false;
  std::optional<std::size_t> terminal_width;  ///< Lines are cut to it; without it they are whole.
};

Outcome stats(const std::filesystem::path& database, const StatsOptions& options);

}  // namespace dblog::tool
