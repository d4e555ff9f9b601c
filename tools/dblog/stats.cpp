// dblog stats: sums over what the reader counted.
#include "tools/dblog/stats.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>
#include <utility>

#include "dblog/event.hpp"
#include "src/reader/reader.hpp"
#include "tools/dblog/json_rows.hpp"
#include "tools/dblog/stats_page.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {
namespace {

void add(Counts& counts, const reader::Tally& tally) {
  std::int64_t& sum = tally.kind == "event"    ? counts.events
                      : tally.kind == "killed" ? counts.killed
                      : tally.kind == "ended"  ? counts.ended
                                               : counts.crashes;
  sum += tally.count;
}

Summary sum_up(const std::vector<reader::Tally>& tallies) {
  Summary summary;
  std::map<std::string, Counts> days, programs;
  std::map<std::pair<std::string, std::string>, std::int64_t> kinds;
  for (const reader::Tally& tally : tallies) {
    add(summary.all, tally);
    add(days[tally.day], tally);
    add(programs[tally.program], tally);
    kinds[{tally.kind, tally.what}] += tally.count;
  }
  summary.days.assign(days.begin(), days.end());
  summary.programs.assign(programs.begin(), programs.end());
  std::stable_sort(summary.programs.begin(), summary.programs.end(),
                   [](const auto& left, const auto& right) {
                     return std::pair{left.second.crashes, left.second.events} >
                            std::pair{right.second.crashes, right.second.events};
                   });
  for (const auto& [kind, count] : kinds) summary.kinds.push_back({kind.first, kind.second, count});
  std::stable_sort(summary.kinds.begin(), summary.kinds.end(),
                   [](const auto& left, const auto& right) { return left.count > right.count; });
  return summary;
}

// Of sorted times.
std::optional<Gaps> gaps_between(const std::vector<double>& times) {
  if (times.size() < 2) return std::nullopt;
  std::vector<double> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  std::sort(gaps.begin(), gaps.end());
  const double mean = (times.back() - times.front()) / static_cast<double>(gaps.size());
  return Gaps{mean, gaps[gaps.size() / 2], gaps.back()};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json counts_json(const char* name, const std::string& of, const Counts& counts) {
  return {{name, text_or_null(of)},
          {"crashes", counts.crashes},
          {"killed", counts.killed},
          {"ended", counts.ended},
          {"events", counts.events}};
}

Json groups_with_trend_json(const reader::Statistics& found) {
  Json groups = row_objects(found.groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i].erase("is_older");
    groups[i]["trend"] = trend_of(found.groups[i]);
    groups[i]["place"] = text_or_null(found.newest[i].place.value_or(""));
  }
  return groups;
}

Json releases_json(const std::optional<std::vector<sqlite::Row>>& releases) {
  if (!releases) return nullptr;
  Json array = row_objects(*releases);
  for (std::size_t i = 0; i < array.size(); ++i) {
    array[i]["crash_free_rate"] = crash_free_rate((*releases)[i]);
  }
  return array;
}

std::string stats_json(const Summary& summary, const reader::Statistics& found) {
  Json object = {{"crashes", summary.all.crashes},
                 {"killed", summary.all.killed},
                 {"ended", summary.all.ended},
                 {"events", summary.all.events}};
  object["days"] = Json::array();
  for (const auto& [day, counts] : summary.days) {
    object["days"].push_back(counts_json("day", day, counts));
  }
  object["kinds"] = Json::array();
  for (const KindCount& kind : summary.kinds) {
    object["kinds"].push_back({{"kind", text_or_null(kind.kind)},
                               {"what", text_or_null(kind.what)},
                               {"count", kind.count}});
  }
  object["programs"] = Json::array();
  for (const auto& [program, counts] : summary.programs) {
    object["programs"].push_back(counts_json("executable", program, counts));
  }
  object["releases"] = releases_json(found.releases);
  object["groups"] = groups_with_trend_json(found);
  object["seconds_between_failures"] = nullptr;
  if (summary.gaps) {
    object["seconds_between_failures"] = {{"mean", summary.gaps->mean},
                                          {"median", summary.gaps->median},
                                          {"longest", summary.gaps->longest}};
  }
  object["messages"] = row_objects(found.messages);
  object["bytes"] = found.bytes;
  object["free_bytes"] = found.free_bytes;
  object["is_truncated"] = found.is_truncated;
  return json_text(std::move(object));
}

}  // namespace

Outcome stats(const std::filesystem::path& database, const StatsOptions& options) {
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  constexpr std::chrono::hours kWeek{7 * 24};
  const Timestamp time = now();
  const auto found = reader->statistics({make_filter(options.filter), local_date_text(time - kWeek),
                                         local_date_text(time - 2 * kWeek)});
  if (!found) return query_failure(found.error());
  Summary summary = sum_up(found->tallies);
  summary.gaps = gaps_between(found->failures);
  return {ExitCode::done,
          options.json ? stats_json(summary, *found)
                       : stats_page(summary, *found, options.terminal_width),
          waiting_files_notice(database)};
}

}  // namespace dblog::tool
