// Gives recorded frames their names: functions, files, lines, inlined calls. Called by the tool,
// for what it is about to show and for everything that a database holds; never at crash time.
//
//   symbols::Symbolizer symbolizer{{}};
//   auto outcome = symbols::name_frames("LOGS.db", symbolizer, {.limit = 100});
//
// Files are read while no lock on the database is held. Several processes may do it at once: rows
// that another has named meanwhile are left as they are. A frame whose module is not there is
// marked with name_source 'none' and not tried again unless `retry` says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/symbols/frames_database.hpp"
#include "src/symbols/symbolizer.hpp"

namespace dblog::symbols {

/// A crash, or the event of a table, whose stacks are meant.
struct NamingTarget {
  std::string table;  ///< "crashes" for a crash.
  std::int64_t id = 0;
};

struct NamingOptions {
  /// Empty: everything that has frames without names, the newest crashes first.
  std::vector<NamingTarget> targets;

  /// How many crashes and stacks at most, without targets.
  std::int64_t limit = 1'000'000;

  /// Also look again for what has no name, or none from debug information. What was found before is
  /// replaced only by what is as sure or surer.
  bool retry = false;

  /// What is not begun by then stays as it is, for the next time.
  std::chrono::milliseconds time_limit{std::chrono::hours{1}};

  /// Bring a database of an earlier dblog up to date first; without it such a one is left alone.
  bool upgrade = true;
  /// Without targets: leaves out what has a group already, and need not look at all frames for
  /// that.
  bool only_new = false;

  /// Called in the transaction that writes the names of a crash or a stack, behind that; what it
  /// throws undoes them.
  OnNamed on_named;

  /// Called before each crash or stack, with how many are done, of how many.
  std::function<void(std::size_t done, std::size_t all)> on_progress = [](std::size_t,
                                                                          std::size_t) {};
};

struct NamingOutcome {
  std::vector<std::int64_t> crashes;  ///< Those whose rows were written.
  std::vector<std::int64_t> stacks;   ///< Likewise.
  std::int64_t named = 0;             ///< Frames that have a name or a line now.
  std::int64_t without_name = 0;      ///< Frames for which nothing was found.
  std::int64_t left = 0;              ///< Crashes and stacks for which the time did not suffice.
};

/// Fails with not_found for a target that does not exist, and as the store does.
base::Result<NamingOutcome> name_frames(const std::filesystem::path& database,
                                        Symbolizer& symbolizer, const NamingOptions& options = {});

}  // namespace dblog::symbols
