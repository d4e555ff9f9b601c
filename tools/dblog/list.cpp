// dblog list.
#include "tools/dblog/list.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/reader/reader.hpp"
#include "src/report/crash_text.hpp"
#include "src/report/event_text.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/hardware_section.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/table_text.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {
namespace {

/// The query, or what is wrong with the options.
std::variant<reader::ListQuery, std::string> make_query(const ListOptions& options) {
  reader::ListQuery query;
  query.limit = options.limit;
  query.table = options.table;
  if (options.crashes || options.group) query.table = reader::kCrashTable;
  if (!options.before) return query;
  query.before = parse_entry_id(*options.before, query.table.value_or(reader::kCrashTable));
  if (!query.before) {
    return "--before " + *options.before + ": is not an ID as 'dblog list' prints it";
  }
  if (query.table && query.before->table != *query.table) {
    return "--before " + *options.before + ": is not an ID of the table that is listed";
  }
  return query;
}

std::string kind_of(const reader::Entry& entry) {
  if (entry.is_crash) return escape_line(entry.row.text("kind").value_or("-"));
  return entry.is_hardware ? "hardware" : "event";
}

std::string what_of(const reader::Entry& entry, bool is_full) {
  if (entry.is_hardware) {
    const std::string task(report::first_line(entry.row.text("task").value_or("")));
    const std::string words = hardware_text(entry.row);
    return task.empty() || words.empty() ? task + words : task + ": " + words;
  }
  if (!entry.is_crash) return report::event_headline(entry);
  const std::string place = entry.place.value_or("");
  return report::crash_headline(entry.row, is_full ? place : report::end_of_name(place));
}

std::string list_text(const std::vector<reader::Entry>& entries, const ListOptions& options) {
  constexpr std::size_t kMaxWhat = 500;
  TableText table{{"ID", "DATE", "KIND", "WHAT"}};
  for (const reader::Entry& entry : entries) {
    const std::string what = what_of(entry, options.full);
    table.add_row({escape_line(entry_id_text(entry)),
                   escape_line(entry.row.text("date").value_or("-")), kind_of(entry),
                   escape_line(options.full ? what : shortened(what, kMaxWhat))});
  }
  return table.text(options.full ? std::nullopt : options.terminal_width);
}

// Many events must not hide that there was a crash: the newest one that is older than all of them.
std::string hidden_crash_notice(reader::Reader& reader, const reader::ListQuery& query,
                                const std::vector<reader::Entry>& entries) {
  const auto is_crash = [](const reader::Entry& entry) { return entry.is_crash; };
  if (query.table || query.before || std::any_of(entries.begin(), entries.end(), is_crash)) {
    return {};
  }
  const auto newest = reader.newest({.table = reader::kCrashTable, .limit = 1});
  if (!newest || newest->empty()) return {};
  const reader::Entry& crash = newest->front();
  return "further down: crash " + escape_line(entry_id_text(crash)) + " of " +
         escape_line(crash.row.text("date").value_or("-")) + ": " +
         escape_line(shortened(what_of(crash, false), 200)) + "; see dblog list --crashes";
}

}  // namespace

Outcome list(const std::filesystem::path& database, const ListOptions& options) {
  auto made = make_query(options);
  if (const auto* why = std::get_if<std::string>(&made)) return usage_failure(*why);
  auto& query = std::get<reader::ListQuery>(made);
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  if (options.group) {
    auto fingerprint = reader->fingerprint(*options.group);
    if (!fingerprint) return group_failure(fingerprint.error());
    query.fingerprint = std::move(*fingerprint);
  }
  const auto entries = reader->newest(query);
  if (!entries) return query_failure(entries.error());
  std::string notice = waiting_files_notice(database);
  if (options.json) return {ExitCode::done, entries_json(*entries), std::move(notice)};
  const std::string hidden = hidden_crash_notice(*reader, query, *entries);
  if (!hidden.empty()) notice += (notice.empty() ? "" : "; ") + hidden;
  return {ExitCode::done, list_text(*entries, options), std::move(notice)};
}

}  // namespace dblog::tool
