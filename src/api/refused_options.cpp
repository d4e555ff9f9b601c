// Field by field.
#include "src/api/refused_options.hpp"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace dblog::api {
namespace {

namespace fs = std::filesystem;

fs::path absolute_path(const fs::path& path) {
  if (path.empty()) return path;
  std::error_code failed;
  fs::path absolute = fs::absolute(path, failed);
  return failed ? path : absolute;
}

// Links followed as far as there is something.
fs::path real_path(const fs::path& path) {
  std::error_code failed;
  fs::path real = fs::weakly_canonical(path, failed);
  return failed ? path : real;
}

bool is_same_file(const fs::path& left, const fs::path& right) {
  return left == right || real_path(left) == real_path(right);
}

std::vector<int> sorted(std::vector<int> signals) {
  std::sort(signals.begin(), signals.end());
  signals.erase(std::unique(signals.begin(), signals.end()), signals.end());
  return signals;
}

}  // namespace

HandlerOptions with_absolute_paths(HandlerOptions options) {
  options.database = absolute_path(options.database);
  options.env_file = absolute_path(options.env_file.empty() ? ".env" : options.env_file);
  return options;
}

std::string refused_options(const HandlerOptions& installed, const fs::path& database,
                            const HandlerOptions& wanted) {
  const HandlerOptions defaults;
  std::string names;
  const auto refuse_if = [&](bool is_refused, const char* name) {
    if (is_refused) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  const auto check = [&](auto field, const char* name) {
    refuse_if(wanted.*field != defaults.*field && wanted.*field != installed.*field, name);
  };
  refuse_if(!wanted.database.empty() && !is_same_file(absolute_path(wanted.database), database),
            "database");
  refuse_if(
      !wanted.env_file.empty() && !is_same_file(absolute_path(wanted.env_file), installed.env_file),
      "env_file");
  check(&HandlerOptions::release, "release");
  check(&HandlerOptions::environment, "environment");
  refuse_if(sorted(wanted.signals) != sorted(defaults.signals) &&
                sorted(wanted.signals) != sorted(installed.signals),
            "signals");
  check(&HandlerOptions::terminate, "terminate");
  check(&HandlerOptions::chain_first, "chain_first");
  check(&HandlerOptions::throw_sites, "throw_sites");
  check(&HandlerOptions::hw_monitor, "hw_monitor");
  check(&HandlerOptions::all_threads, "all_threads");
  check(&HandlerOptions::registers, "registers");
  check(&HandlerOptions::slack, "slack");
  check(&HandlerOptions::email, "email");
  check(&HandlerOptions::delivery, "delivery");
  check(&HandlerOptions::sync_to_disk, "sync_to_disk");
  check(&HandlerOptions::deadline, "deadline");
  check(&HandlerOptions::print_to_stderr, "print_to_stderr");
  check(&HandlerOptions::on_crash, "on_crash");
  check(&HandlerOptions::scrub, "scrub");
  return names;
}

}  // namespace dblog::api
