// dblog export: crashes and events for other programs, as lines of JSON or as counts for
// Prometheus; dblog export bundle: one of them for a bug report.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/filter_options.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct ExportOptions {
  std::string format = "jsonl";      ///< Or "prometheus".
  std::optional<std::string> table;  ///< Only this table's events.
  bool crashes = false;              ///< Only crashes. Not with `table`.
  FilterOptions filter;
  std::optional<std::string> after;  ///< An id: only what follows it.
  bool full = false;                 ///< Of each all that `dblog show --json` has.
  std::string output = "-";          ///< A file, or "-".
  bool force = false;                ///< Replaces a file that is there.
  bool json = false;                 ///< What was written, as one object. Not with "-".
  std::string env_file;
  /// What goes to standard output: 0, or errno.
  std::function<int(const std::string&)> print;
};

/// Reads a piece at a time, so that memory does not grow with the database. Crashes first, then
/// each table of events by name, by id.
Outcome export_entries(const std::filesystem::path& database, const ExportOptions& options);

struct BundleOptions {
  std::string id{kLastCrash};
  std::string output;  ///< The directory that is made; empty: dblog-crash-7, dblog-event-7.
  bool json = false;
  std::string env_file;
};

/// A directory with report.md and report.json.
Outcome export_bundle(const std::filesystem::path& database, const BundleOptions& options);

}  // namespace dblog::tool
