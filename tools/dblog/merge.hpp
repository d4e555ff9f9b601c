// dblog merge SOURCE ...: the rows of several databases in one.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct MergeOptions {
  std::vector<std::string> sources;
  bool json = false;
  /// For a person who looks on; "" at the end.
  std::function<void(const std::string&)> show_progress = [](const std::string&) {};
};

/// Into `database`, which is made if it is not there.
Outcome merge(const std::filesystem::path& database, const MergeOptions& options);

}  // namespace dblog::tool
