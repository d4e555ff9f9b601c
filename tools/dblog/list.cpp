// dblog list.
#include "tools/dblog/list.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/reader/reader.hpp"
#include "src/report/time_text.hpp"
#include "tools/dblog/age_text.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/entry_line.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/group.hpp"
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
  query.filter = make_filter(options.filter);
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

// With its age, and then to the second, so that both take hardly more room than the date alone.
void add_date(std::vector<std::string>& cells, const std::string& date,
              std::optional<Timestamp> now) {
  cells.push_back(escape_line(now ? report::to_seconds(date) : date));
  if (now) cells.push_back(age_text(date, *now));
}

std::string list_text(const std::vector<reader::Entry>& entries, const ListOptions& options) {
  constexpr std::size_t kMaxWhat = 500;
  TableText table{options.now ? std::vector<std::string>{"ID", "DATE", "AGE", "KIND", "WHAT"}
                              : std::vector<std::string>{"ID", "DATE", "KIND", "WHAT"}};
  for (const reader::Entry& entry : entries) {
    const std::string what = group_mark(entry.group_state) + what_of(entry, options.full);
    std::vector<std::string> cells{escape_line(entry_id_text(entry))};
    add_date(cells, report::time_text(entry).value_or("-"), options.now);
    cells.push_back(kind_of(entry));
    cells.push_back(escape_line(options.full ? what : shortened(what, kMaxWhat)));
    table.add_row(std::move(cells));
  }
  return table.text(options.full ? std::nullopt : options.terminal_width);
}

// Of who wrote it: a crash knows release and host itself, too.
std::string of_process(const reader::Entry& entry, const char* column) {
  auto value = entry.process ? entry.process->text(column) : std::nullopt;
  if (!value && entry.is_crash) value = entry.row.text(column);
  return escape_line(value.value_or(""));
}

std::string list_csv(const std::vector<reader::Entry>& entries) {
  TableText table{
      {"id", "date", "kind", "severity", "what", "executable", "release", "environment", "host"}};
  for (const reader::Entry& entry : entries) {
    table.add_row({escape_line(entry_id_text(entry)),
                   escape_line(entry.row.text("date").value_or("")), kind_of(entry),
                   entry.facts ? escape_line(entry.facts->severity) : "",
                   escape_line(what_of(entry, true)), of_process(entry, "executable"),
                   of_process(entry, "release"), of_process(entry, "environment"),
                   of_process(entry, "host")});
  }
  return table.csv();
}

// Many events must not hide that there was a crash: the newest one that is older than all of them.
std::string hidden_crash_notice(reader::Reader& reader, const reader::ListQuery& query,
                                const std::vector<reader::Entry>& entries) {
  const auto is_crash = [](const reader::Entry& entry) { return entry.is_crash; };
  if (query.table || query.before || std::any_of(entries.begin(), entries.end(), is_crash)) {
    return {};
  }
  const auto newest =
      reader.newest({.table = reader::kCrashTable, .limit = 1, .filter = query.filter});
  if (!newest || newest->empty()) return {};
  const reader::Entry& crash = newest->front();
  return "further down: crash " + escape_line(entry_id_text(crash)) + " of " +
         escape_line(report::time_text(crash).value_or("-")) + ": " +
         escape_line(shortened(what_of(crash, false), 200)) + "; see dblog list --crashes";
}

// For a person at a terminal.
std::string next_page_notice(reader::Reader& reader, reader::ListQuery query,
                             const std::vector<reader::Entry>& entries) {
  if (static_cast<std::int64_t>(entries.size()) < query.limit) return {};
  query.before = entries.back().id;
  query.limit = 1;
  const auto older = reader.newest(query);
  if (!older || older->empty()) return {};
  return "there is more: the same command with --before " +
         escape_line(entry_id_text(entries.back()));
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
  if (options.csv) return {ExitCode::done, list_csv(*entries), std::move(notice)};
  Outcome outcome = with_notice(hidden_crash_notice(*reader, query, *entries),
                                {ExitCode::done, list_text(*entries, options), std::move(notice)});
  if (!options.terminal_width) return outcome;
  return with_notice(next_page_notice(*reader, query, *entries), std::move(outcome));
}

}  // namespace dblog::tool
