#include "tools/dblog/stats_page.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "src/report/crash_text.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/table_text.hpp"

namespace dblog::tool {
namespace {

using Width = std::optional<std::size_t>;

constexpr std::size_t kMostLines = 10;

std::string cell(const std::string& stored) { return stored.empty() ? "-" : escape_line(stored); }

std::string cell(const sqlite::Row& row, const char* column) {
  return cell(row.text(column).value_or(""));
}

std::string section(const char* title, const TableText& table, std::size_t left_out, Width width) {
  std::string text = std::string("\n") + title + '\n' + table.text(width);
  if (left_out > 0) text += "(and " + std::to_string(left_out) + " more: --json has them)\n";
  return text;
}

/// "2026-01-31" as a day of the calendar.
std::optional<std::chrono::sys_days> parse_day(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return std::nullopt;
  const std::chrono::year_month_day parsed{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
  return parsed.ok() ? std::optional(std::chrono::sys_days{parsed}) : std::nullopt;
}

std::string day_text(std::chrono::sys_days day) {
  const std::chrono::year_month_day parts{day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(parts.year()),
                static_cast<unsigned>(parts.month()), static_cast<unsigned>(parts.day()));
  return text;
}

std::int64_t failures_of(const Counts& counts) { return counts.crashes + counts.killed; }

/// At least one # for what is not nothing.
std::string bar(std::int64_t count, std::int64_t most) {
  constexpr std::int64_t kLongest = 30;
  if (count == 0) return "";
  return std::string(static_cast<std::size_t>(std::max<std::int64_t>(1, count * kLongest / most)),
                     '#');
}

// Up to the newest day, with those on which there was nothing.
std::vector<std::pair<std::string, Counts>> last_days(const Summary& summary) {
  constexpr std::chrono::days kDays{14};
  std::map<std::chrono::sys_days, Counts> known;
  for (const auto& [text, counts] : summary.days) {
    if (const auto day = parse_day(text)) known[*day] = counts;
  }
  std::vector<std::pair<std::string, Counts>> days;
  if (known.empty()) return days;
  const auto newest = known.rbegin()->first;
  for (auto day = std::max(known.begin()->first, newest - kDays + std::chrono::days{1});
       day <= newest; day += std::chrono::days{1}) {
    const auto found = known.find(day);
    days.emplace_back(day_text(day), found == known.end() ? Counts{} : found->second);
  }
  return days;
}

std::string days_section(const Summary& summary, Width width) {
  const auto days = last_days(summary);
  std::int64_t most_failures = 1, most_events = 1;
  for (const auto& [day, counts] : days) {
    most_failures = std::max(most_failures, failures_of(counts));
    most_events = std::max(most_events, counts.events);
  }
  TableText table = width ? TableText{{"DAY", "CRASHES", "KILLED", "", "EVENTS", ""}}
                          : TableText{{"DAY", "CRASHES", "KILLED", "EVENTS"}};
  for (const auto& [day, counts] : days) {
    std::vector<std::string> cells{day, std::to_string(counts.crashes),
                                   std::to_string(counts.killed)};
    if (width) cells.push_back(bar(failures_of(counts), most_failures));
    cells.push_back(std::to_string(counts.events));
    if (width) cells.push_back(bar(counts.events, most_events));
    table.add_row(std::move(cells));
  }
  return days.empty() ? "" : section("Days", table, 0, width);
}

std::size_t rows_beyond(std::size_t rows) { return rows - std::min(rows, kMostLines); }

std::string kinds_section(const Summary& summary, Width width) {
  TableText table{{"COUNT", "KIND", "WHAT"}};
  for (std::size_t i = 0; i < std::min(summary.kinds.size(), kMostLines); ++i) {
    const KindCount& kind = summary.kinds[i];
    table.add_row({std::to_string(kind.count), cell(kind.kind), cell(kind.what)});
  }
  if (summary.kinds.empty()) return "";
  return section("Kinds", table, rows_beyond(summary.kinds.size()), width);
}

std::string programs_section(const Summary& summary, Width width) {
  TableText table{{"CRASHES", "KILLED", "EVENTS", "PROGRAM"}};
  for (std::size_t i = 0; i < std::min(summary.programs.size(), kMostLines); ++i) {
    const auto& [program, counts] = summary.programs[i];
    table.add_row({std::to_string(counts.crashes), std::to_string(counts.killed),
                   std::to_string(counts.events), cell(program)});
  }
  if (summary.programs.empty()) return "";
  return section("Programs", table, rows_beyond(summary.programs.size()), width);
}

std::string releases_section(const std::vector<sqlite::Row>& releases, Width width) {
  TableText table{
      {"CRASH-FREE", "PROCESSES", "CRASHED", "KILLED", "RELEASE", "ENVIRONMENT", "PROGRAM"}};
  for (std::size_t i = 0; i < std::min(releases.size(), kMostLines); ++i) {
    const sqlite::Row& release = releases[i];
    char rate[32];
    std::snprintf(rate, sizeof rate, "%.2f %%", 100 * crash_free_rate(release));
    table.add_row({rate, cell(release, "processes"), cell(release, "crashed"),
                   cell(release, "killed"), cell(release, "release"), cell(release, "environment"),
                   cell(release, "executable")});
  }
  if (releases.empty()) return "";
  return section("Releases", table, rows_beyond(releases.size()), width);
}

std::string groups_section(const reader::Statistics& found, Width width) {
  TableText table{{"COUNT", "LAST WEEK", "WEEK BEFORE", "TREND", "GROUP", "WHAT"}};
  for (std::size_t i = 0; i < found.groups.size(); ++i) {
    const sqlite::Row& group = found.groups[i];
    const reader::Entry& newest = found.newest[i];
    const std::string what =
        report::crash_headline(newest.row, report::end_of_name(newest.place.value_or("")));
    table.add_row({cell(group, "count"), cell(group, "last_week"), cell(group, "week_before"),
                   trend_of(group), cell(group, "fingerprint"), escape_line(shortened(what, 500))});
  }
  return found.groups.empty() ? "" : section("Groups with the most crashes", table, 0, width);
}

/// "3.5 h"
std::string duration_text(double seconds) {
  constexpr double kMinute = 60, kHour = 3'600, kDay = 86'400;
  const auto [unit, name] = seconds >= 2 * kDay      ? std::pair{kDay, "days"}
                            : seconds >= 2 * kHour   ? std::pair{kHour, "h"}
                            : seconds >= 2 * kMinute ? std::pair{kMinute, "min"}
                                                     : std::pair{1.0, "s"};
  char text[64];
  std::snprintf(text, sizeof text, "%.1f %s", seconds / unit, name);
  return text;
}

std::string messages_text(const std::vector<sqlite::Row>& messages) {
  std::string text;
  for (const sqlite::Row& row : messages) {
    text += (text.empty() ? "" : ", ") + cell(row, "channel") + ' ' + cell(row, "count") + ' ' +
            cell(row, "state");
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string trend_of(const sqlite::Row& group) {
  const std::int64_t now = group.integer("last_week").value_or(0);
  const std::int64_t before = group.integer("week_before").value_or(0);
  if (group.integer("is_older").value_or(0) == 0) return "new";
  if (now == 0 && before == 0) return "quiet";
  return now > before ? "up" : now < before ? "down" : "same";
}

double crash_free_rate(const sqlite::Row& release) {
  const auto processes = static_cast<double>(release.integer("processes").value_or(0));
  const auto crashed = static_cast<double>(release.integer("crashed").value_or(0));
  return processes > 0 ? 1 - crashed / processes : 1;
}

std::string stats_page(const Summary& summary, const reader::Statistics& found, Width width) {
  std::string text =
      counted(summary.all.events, "event") + ", " +
      (summary.all.crashes == 1 ? "1 crash" : std::to_string(summary.all.crashes) + " crashes") +
      ", " + std::to_string(summary.all.killed) + " killed, " + std::to_string(summary.all.ended) +
      " ended without a mark\n";
  if (summary.gaps) {
    text += "Between crashes or kills: " + duration_text(summary.gaps->median) + " (median), " +
            duration_text(summary.gaps->mean) + " (mean), " + duration_text(summary.gaps->longest) +
            " (longest)\n";
  }
  text += "Messages: " + messages_text(found.messages) + "\nDatabase: " + megabytes(found.bytes) +
          ", of which " + megabytes(found.free_bytes) + " are free\n";
  text += days_section(summary, width) + kinds_section(summary, width) +
          programs_section(summary, width);
  if (found.releases) text += releases_section(*found.releases, width);
  text += groups_section(found, width);
  if (found.is_truncated) text += "\n(there are more programs or days than were counted)\n";
  return text;
}

}  // namespace dblog::tool
