// dblog show ID: one crash or event, with all that belongs to it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "dblog/event.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct ShowOptions {
  std::string id{kLastCrash};  ///< As `dblog list` prints it.
  bool json = false;
  bool full = false;  ///< Every frame of every thread, every text whole.
  bool is_colored = false;
  std::optional<Timestamp> now;  ///< Ages count from it; without it, no age is shown.
  std::string env_file;          ///< With settings; empty: the usual one.
};

Outcome show(const std::filesystem::path& database, const ShowOptions& options);

}  // namespace dblog::tool
