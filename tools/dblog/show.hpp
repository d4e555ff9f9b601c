// dblog show ID: one crash or event, with all that belongs to it.
#pragma once

#include <filesystem>
#include <string>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct ShowOptions {
  std::string id;  ///< As `dblog list` prints it.
  bool json = false;
  bool full = false;  ///< Every frame of every thread, every text whole.
  bool is_colored = false;
};

Outcome show(const std::filesystem::path& database, const ShowOptions& options);

}  // namespace dblog::tool
