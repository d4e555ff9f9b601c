// Pruning as the tool does it: a whole pass within a bounded time, with pauses in which others
// write, the stacks that no event names, and the write-ahead log cut back.
// Called by `dblog prune` and `dblog flush`. Throws nothing but std::bad_alloc.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/retention/pruner.hpp"

namespace dblog::retention {

struct PruneRun {
  bool is_dry = false;
  bool sweeps_always = false;       ///< Stacks, also if that was done within a day.
  bool gives_all_back = false;      ///< No free page stays in the file.
  std::chrono::milliseconds limit;  ///< Begins no step after it.
  std::function<bool()> should_stop = [] { return false; };
  /// Called after each step, with what has gone so far.
  std::function<void(const PruneReport&)> on_progress = [](const PruneReport&) {};
};

struct PruneOutcome {
  PruneReport report;
  std::int64_t stacks = 0;   ///< That no event named.
  bool is_complete = false;  ///< Else there was no time for all.
  /// A reader keeps the write-ahead log from being emptied: what goes would only make it longer.
  bool is_held_by_reader = false;
  std::int64_t file_bytes_before = 0, file_bytes_after = 0;  ///< On the disk, log included.

  [[nodiscard]] bool has_changed() const {
    return stacks > 0 || report.pages_given_back > 0 || !report.tables.empty();
  }
};

/// `database` is absolute, without links, and exists. Brings its schema up to date, unless the run
/// is dry.
[[nodiscard]] base::Result<PruneOutcome> prune_database(const std::filesystem::path& database,
                                                        const config::Retention& limits,
                                                        const PruneRun& run);

/// Tables that a limit names and the database does not have: a misspelt name limits nothing, and
/// would go unnoticed.
[[nodiscard]] std::vector<std::string> missing_tables(const std::filesystem::path& database,
                                                      const config::Retention& limits);

/// Rewrites the whole file, so that it has no free page and can give back those to come. No other
/// process can write meanwhile; needs as much room again.
[[nodiscard]] std::optional<base::Error> vacuum_database(const std::filesystem::path& database);

}  // namespace dblog::retention
