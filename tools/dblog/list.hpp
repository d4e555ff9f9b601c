// dblog list: crashes and events, newest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "dblog/event.hpp"
#include "tools/dblog/filter_options.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct ListOptions {
  std::optional<std::string> table;  ///< Only this table's events.
  bool crashes = false;              ///< Only crashes. Not with `table`.
  std::optional<std::string> group;  ///< Only the crashes of the group whose name starts so.
  FilterOptions filter;
  std::int64_t limit = 20;
  std::optional<std::string> before;  ///< An id as the list prints it.
  bool json = false;
  bool csv = false;
  bool full = false;                          ///< Whole lines.
  std::optional<std::size_t> terminal_width;  ///< Lines are cut to it; without it they are whole.
  std::optional<Timestamp> now;               ///< Ages count from it; without it, no age is shown.
};

Outcome list(const std::filesystem::path& database, const ListOptions& options);

}  // namespace dblog::tool
