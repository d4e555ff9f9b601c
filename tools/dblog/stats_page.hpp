// The page of `dblog stats`, for people. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::tool {

struct Counts {
  std::int64_t crashes = 0, killed = 0, ended = 0, events = 0;
};

struct KindCount {
  std::string kind, what;  ///< As of reader::Tally.
  std::int64_t count = 0;
};

/// Seconds between crashes and kills that follow each other.
struct Gaps {
  double mean = 0, median = 0, longest = 0;
};

struct Summary {
  Counts all;
  std::vector<std::pair<std::string, Counts>> days;      ///< The first one first.
  std::vector<std::pair<std::string, Counts>> programs;  ///< With the most crashes first.
  std::vector<KindCount> kinds;                          ///< The most frequent first.
  std::optional<Gaps> gaps;                              ///< Of two failures or more.
};

/// Without a `width`, which is that of a terminal, lines are whole, and days have no bars.
std::string stats_page(const Summary& summary, const reader::Statistics& found,
                       std::optional<std::size_t> width);

/// Of a row of Statistics::groups: "new" (no crash is older than a week), "up", "down", "same",
/// "quiet" (none in two weeks).
std::string trend_of(const sqlite::Row& group);

/// Of a row of Statistics::releases: 1 if no process crashed.
double crash_free_rate(const sqlite::Row& release);

}  // namespace dblog::tool
