// dblog follow: crashes and events as they are committed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "tools/dblog/filter_options.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct FollowOptions {
  FilterOptions filter;
  bool json = false;
  bool full = false;                          ///< Whole lines.
  std::optional<std::size_t> terminal_width;  ///< Lines are cut to it; without it they are whole.
  std::function<int(const std::string&)> print;        ///< To standard output: 0, or errno.
  std::function<void(const std::string&)> say_beside;  ///< To standard error.
};

/// Ends when standard output cannot be written any more, or has no reader; or by a signal, as any
/// program does.
Outcome follow(const std::filesystem::path& database, const FollowOptions& options);

}  // namespace dblog::tool
