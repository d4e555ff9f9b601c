// dblog prune: takes away what is over the limits.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/config/retention.hpp"
#include "src/retention/prune_database.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct PruneOptions {
  bool dry_run = false;
  bool vacuum = false;  ///< Rewrite the whole file.
  bool json = false;
  std::string env_file;                    ///< Of the settings; empty: ./.env
  std::string max_days, max_rows, max_mb;  ///< In place of the settings; empty: as those say.
  std::function<void(const std::string&)> show_progress = [](const std::string&) {};
};

Outcome prune(const std::filesystem::path& database, const PruneOptions& options);

/// What a flush does of it; `limit` is how long. Nothing where there is nothing to do.
base::Result<retention::PruneOutcome> prune_a_little(const std::filesystem::path& database,
                                                     const std::string& env_file,
                                                     std::chrono::milliseconds limit,
                                                     const std::function<bool()>& should_stop);

}  // namespace dblog::tool
