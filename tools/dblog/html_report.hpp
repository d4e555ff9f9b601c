// dblog report: one HTML file with what a database holds, for a browser without a network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct ReportOptions {
  std::string output;  ///< "-" is standard output; empty: the database's name with .html.
  /// Crashes and events, the newest. Those of the newest 1,000 crashes that are older come besides.
  std::int64_t limit = 100'000;
  std::string env_file;  ///< Of settings; empty: ./.env.
  bool force = false;    ///< Replace a file that is there.
  bool json = false;
  std::function<void(const std::string&)> show_progress = [](const std::string&) {};
};

Outcome html_report(const std::filesystem::path& database, const ReportOptions& options);

}  // namespace dblog::tool
