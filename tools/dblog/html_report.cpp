// dblog report.
#include "tools/dblog/html_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dblog/event.hpp"
#include "dblog/version.hpp"
#include "src/base/uuid.hpp"
#include "src/outbox/outbox_list.hpp"
#include "src/reader/reader.hpp"
#include "src/report/crash_text.hpp"
#include "src/report/event_text.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/report_page.hpp"
#include "tools/dblog/source_excerpt.hpp"
#include "tools/dblog/symbol_settings.hpp"
#include "tools/dblog/waiting_notice.hpp"
#include "tools/dblog/whole_file.hpp"

namespace dblog::tool {
namespace {

using Json = nlohmann::ordered_json;

// What is whole in the page, beside one line for everything: the newest, and no more bytes.
constexpr std::int64_t kWholeCrashes = 1'000;
constexpr std::int64_t kWholeEvents = 500;
constexpr std::size_t kWholeBytes = 24'000'000;
constexpr std::size_t kLineBytes = 32'000'000;  // of all lines; those of the crashes come besides
constexpr std::int64_t kReadAtOnce = 1'000;     // rows may be long
constexpr std::size_t kMostGroups = 1'000;
constexpr std::size_t kMostMessages = 1'000;
constexpr std::size_t kLongestText = 2'000;

std::string script_json(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::string cut(const std::string& text) { return shortened(text, kLongestText, ""); }

/// The numbers that stand for texts which many rows have: 0 is the empty one.
class Names {
 public:
  std::size_t number_of(const std::optional<std::string>& name) {
    const auto [found, is_new] = numbers_.try_emplace(cut(name.value_or("")), names_.size());
    if (is_new) {
      names_.push_back(found->first);
      bytes_ += found->first.size();
    }
    return found->second;
  }
  [[nodiscard]] const std::vector<std::string>& all() const { return names_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::vector<std::string> names_ = {""};
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::size_t> numbers_ = {{"", 0}};
};

std::string kind_for_filter(const reader::Entry& entry) {
  if (!entry.is_crash) return entry.facts ? entry.facts->severity : "error";
  const std::string kind = entry.row.text("kind").value_or("");
  return kind == "killed" || kind == "ended" ? kind : "crash";
}

std::string fields_and_tags(const reader::Entry& entry) {
  if (!entry.facts) return "";
  std::string text;
  for (const std::string& line : report::field_lines(*entry.facts)) text += line + '\n';
  for (const std::string& tag : entry.facts->tags) text += '#' + tag + ' ';
  if (!text.empty()) text.pop_back();
  return text;
}

/// Of the process that it is about, as JSON.
std::string pid_text(const reader::Details& details) {
  std::optional<std::int64_t> pid;
  if (details.entry.is_crash) pid = details.entry.row.integer("pid");
  if (!pid && details.stacks) pid = details.stacks->row.integer("pid");
  if (!pid && details.entry.process) pid = details.entry.process->integer("pid");
  if (!pid && details.hardware) pid = details.hardware->integer("pid");
  return pid ? std::to_string(*pid) : "null";
}

/// A crash or event as the list has it.
struct Line {
  reader::EntryId id;
  bool is_crash = false;
  std::string date;
  std::string row;  ///< A JSON array, without its last bracket.
};

using ShowProgress = std::function<void(const std::string&)>;

/// What the report is made of.
class Report {
 public:
  Report(std::filesystem::path database, reader::Reader& reader, SourceFiles sources,
         ShowProgress show_progress)
      : database_(std::move(database)),
        reader_(reader),
        sources_(std::move(sources)),
        show_progress_(std::move(show_progress)) {}

  std::optional<base::Error> read(std::int64_t limit);

  [[nodiscard]] std::string page() const;
  /// "120 of 120 crashes and events, 3 of 3 crashes whole".
  [[nodiscard]] std::string holds_text() const;
  [[nodiscard]] Json counts() const;

 private:
  std::optional<base::Error> read_entries(std::int64_t limit);
  std::optional<base::Error> add_details();
  base::Result<bool> add_details_of(Line& line);
  void add_line(const reader::Entry& entry);

  std::filesystem::path database_;
  reader::Reader& reader_;
  SourceFiles sources_;
  ShowProgress show_progress_;
  Names names_;
  std::vector<Line> lines_;   // the newest first
  std::int64_t crashes_ = 0;  // in lines_
  std::vector<std::string> details_;
  std::size_t line_bytes_ = 0;
  std::size_t detail_bytes_ = 0;
  std::int64_t whole_crashes_ = 0;
  reader::Groups groups_;
  bool has_more_groups_ = false;
  reader::Overview overview_;
  std::vector<sqlite::Row> messages_;
  bool has_more_messages_ = false;
};

// The order is that of the names at the top of report_page/list.js.
void Report::add_line(const reader::Entry& entry) {
  const sqlite::Row& row = entry.row;
  const auto origin = [&](const char* column) {
    const auto own = entry.is_crash ? row.text(column) : std::nullopt;
    return names_.number_of(own || !entry.process ? own : entry.process->text(column));
  };
  const std::string text =
      entry.is_crash ? report::crash_headline(row, report::end_of_name(entry.place.value_or("")))
                     : row.text("msg").value_or("");
  std::string date = row.text("date").value_or("");
  Json json = {date,
               names_.number_of(kind_for_filter(entry)),
               names_.number_of(entry.id.table),
               std::to_string(entry.id.id),  // JavaScript rounds large numbers
               origin("executable"),
               origin("release"),
               origin("environment"),
               origin("host"),
               names_.number_of(entry.is_crash ? row.text("fingerprint") : std::nullopt),
               cut(text),
               cut(fields_and_tags(entry)),
               entry.is_crash ? row.text("uuid").value_or("") : ""};
  std::string text_of_row = script_json(json);
  text_of_row.pop_back();
  line_bytes_ += text_of_row.size();
  lines_.push_back({entry.id, entry.is_crash, std::move(date), std::move(text_of_row)});
  if (entry.is_crash) ++crashes_;
}

// Many events must not hide the crashes before them.
std::optional<base::Error> Report::read_entries(std::int64_t limit) {
  std::set<std::pair<std::string, std::int64_t>> held;
  const auto is_full = [&] {
    return static_cast<std::int64_t>(lines_.size()) == limit ||
           line_bytes_ + names_.bytes() > kLineBytes;
  };
  reader::ListQuery query{.limit = std::min(limit, kReadAtOnce)};
  for (bool is_end = false; !is_end && !is_full();) {
    show_progress_("reading crashes and events: " + std::to_string(lines_.size()));
    const auto newest = reader_.newest(query);
    if (!newest && query.before && newest.error().code == base::ErrorCode::not_found) {
      break;  // pruned meanwhile, and so is what was older
    }
    if (!newest) return newest.error();
    is_end = true;  // unless there is something new: pages of large tables may overlap
    for (const reader::Entry& entry : *newest) {
      if (is_full()) break;
      if (!held.emplace(entry.id.table, entry.id.id).second) continue;
      add_line(entry);
      is_end = false;
    }
    if (!newest->empty()) query.before = newest->back().id;
  }
  const auto crashes = reader_.newest(
      {.table = reader::kCrashTable, .limit = std::min<std::int64_t>(limit, kWholeCrashes)});
  if (!crashes) return crashes.error();
  for (const reader::Entry& crash : *crashes) {
    if (held.emplace(crash.id.table, crash.id.id).second) add_line(crash);
  }
  std::stable_sort(lines_.begin(), lines_.end(),
                   [](const Line& left, const Line& right) { return left.date > right.date; });
  return std::nullopt;
}

// False when the page is full.
base::Result<bool> Report::add_details_of(Line& line) {
  show_progress_("reading stacks and details: " + std::to_string(details_.size()));
  const auto details = reader_.details(line.id);
  if (!details) {
    const bool is_gone = details.error().code == base::ErrorCode::not_found;  // pruned meanwhile
    return is_gone ? base::Result<bool>{true} : details.error();
  }
  const auto around = reader_.hardware_around(line.date);
  if (!around) return around.error();
  std::string text = R"({"details":)" + details_json(*details, sources_, JsonLayout::browser) +
                     R"(,"around":{"pid":)" + pid_text(*details) + R"(,"rows":)" +
                     rows_json(*around, JsonLayout::browser) + "}}";
  if (detail_bytes_ + text.size() > kWholeBytes) return false;
  detail_bytes_ += text.size();
  line.row += ',' + std::to_string(details_.size());
  details_.push_back(std::move(text));
  if (line.is_crash) ++whole_crashes_;
  return true;
}

std::optional<base::Error> Report::add_details() {
  for (const bool of_crashes : {true, false}) {
    std::int64_t left = of_crashes ? kWholeCrashes : kWholeEvents;
    for (Line& line : lines_) {
      if (line.is_crash != of_crashes) continue;
      if (left-- == 0) break;
      const auto is_held = add_details_of(line);
      if (!is_held) return is_held.error();
      if (!*is_held) return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<base::Error> Report::read(std::int64_t limit) {
  if (auto error = read_entries(limit)) return error;
  if (auto error = add_details()) return error;
  auto groups = reader_.groups(kMostGroups + 1);
  if (!groups) return groups.error();
  groups_ = std::move(*groups);
  has_more_groups_ = groups_.groups.size() > kMostGroups;
  if (has_more_groups_) {
    groups_.groups.resize(kMostGroups);
    groups_.newest.resize(std::min(groups_.newest.size(), groups_.groups.size()));
  }
  auto overview = reader_.overview();
  if (!overview) return overview.error();
  overview_ = std::move(*overview);
  auto messages = outbox::list_messages(database_, {.limit = kMostMessages + 1});
  if (!messages) return messages.error();
  messages_ = std::move(*messages);
  has_more_messages_ = messages_.size() > kMostMessages;
  if (has_more_messages_) messages_.resize(kMostMessages);
  return std::nullopt;
}

std::string Report::holds_text() const {
  const auto held = static_cast<std::int64_t>(lines_.size());
  std::string text = counted(held - crashes_, "event") + " and " + std::to_string(crashes_) +
                     (crashes_ == 1 ? " crash" : " crashes");
  const std::int64_t left_out = overview_.events + overview_.crashes - held;
  text += left_out > 0 ? " (" + std::to_string(left_out) + " older ones are left out)" : ", all";
  if (whole_crashes_ < crashes_) {
    text += "; the newest " + std::to_string(whole_crashes_) + " crashes with their stacks";
  }
  return text;
}

Json Report::counts() const {
  return {{"held", lines_.size()},
          {"in_database", overview_.events + overview_.crashes},
          {"crashes_whole", whole_crashes_}};
}

std::string Report::page() const {
  const Json head = {{"version", version()},
                     {"database", database_.filename().string()},
                     {"made", local_date_text(dblog::now()).substr(0, 19)},
                     {"holds", holds_text()},
                     {"more",
                      {{"groups", has_more_groups_},
                       {"releases", overview_.is_truncated},
                       {"outbox", has_more_messages_}}},
                     {"names", names_.all()}};
  std::string data = script_json(head);
  data.pop_back();
  data += ",\"events\":[";
  for (const Line& line : lines_) {
    data += (&line == lines_.data() ? "" : ",") + line.row + ']';
  }
  data += "],\"groups\":" + groups_json(groups_, JsonLayout::browser) +
          ",\"releases\":" + rows_json(overview_.releases, JsonLayout::browser) +
          ",\"outbox\":" + rows_json(messages_, JsonLayout::browser) + "}";
  return report_page(base::text_of(base::make_uuid()).text, data, details_);
}

std::filesystem::path output_of(const std::filesystem::path& database,
                                const ReportOptions& options) {
  if (!options.output.empty()) return options.output;
  return database.filename().replace_extension(".html");
}

Outcome write_failure(const base::Error& error) {
  return {
      error.code == base::ErrorCode::invalid_argument ? ExitCode::usage : ExitCode::not_everything,
      "", error.text()};
}

Outcome written(const std::filesystem::path& file, const Report& report, std::size_t bytes,
                bool is_json) {
  if (!is_json) {
    const std::string line = file.string() + ": " + report.holds_text() + "; " +
                             megabytes(static_cast<std::int64_t>(bytes));
    return {ExitCode::done, escape_line(line) + '\n', ""};
  }
  Json object = {{"file", file.string()}, {"bytes", bytes}};
  object.update(report.counts());
  return {ExitCode::done, script_json(object) + '\n', ""};
}

}  // namespace

Outcome html_report(const std::filesystem::path& database, const ReportOptions& options) {
  const bool is_printed = options.output == "-";
  const std::filesystem::path file = output_of(database, options);
  const Existing existing = options.force ? Existing::replace : Existing::keep;
  if (const auto error = refuse_existing(file, existing); error && !is_printed) {
    return usage_failure(error->text());  // before the work
  }
  if (is_printed && options.json) {
    return usage_failure("--json says which file was written; --output - prints the page instead");
  }
  if (is_of_database(file, database)) {
    return usage_failure(file.string() + ": this is the database; --output takes another name");
  }
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  const SymbolSettings settings = load_symbol_settings(options.env_file);
  options.show_progress("naming frames");
  complete_crashes(database, {}, settings);
  Report report{
      database, *reader, {may_name_sources(database), settings.path_map}, options.show_progress};
  const auto failure = report.read(options.limit);
  options.show_progress("");
  if (failure) return query_failure(*failure);
  std::string page = report.page();
  std::string notice = settings.problem;
  if (const std::string waiting = waiting_files_notice(database); !waiting.empty()) {
    notice += (notice.empty() ? "" : "; ") + waiting;
  }
  if (is_printed) return {ExitCode::done, std::move(page), std::move(notice)};
  if (const auto error = write_whole_file(file, page, existing)) return write_failure(*error);
  Outcome outcome = written(file, report, page.size(), options.json);
  outcome.error = std::move(notice);
  return outcome;
}

}  // namespace dblog::tool
