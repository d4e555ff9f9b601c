// dblog merge.
#include "tools/dblog/merge.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "src/merge/merge_database.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/database_owner.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {
namespace {

using Json = nlohmann::ordered_json;
using ::dblog::merge::MergeDatabase;
using ::dblog::merge::MergeReport;

struct Source {
  std::filesystem::path path;
  std::optional<base::Error> failure;
  MergeReport report;
};

std::string news_text(const MergeReport& report) {
  const std::pair<std::int64_t, const char*> counts[] = {
      {report.crashes, report.crashes == 1 ? "crash" : "crashe"},
      {report.events, "event"},
      {report.snapshots, "hardware snapshot"},
      {report.processes, report.processes == 1 ? "process" : "processe"},
      {report.messages, "message"},
      {report.groups, "group decision"},
  };
  std::string text;
  for (const auto& [count, what] : counts) {
    if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, what);
  }
  return text.empty() ? "nothing new" : text;
}

std::string plain_text(const Source& source) {
  const std::string name = escape_line(source.path.string());
  if (source.failure) return "";
  std::string text = name + ": " + news_text(source.report) + '\n';
  for (const auto& left : source.report.left_out) {
    text += "  left out: table " + escape_line(left.table + ": " + left.why) + '\n';
  }
  if (source.report.damaged > 0) {
    text += "  left out: " + counted(source.report.damaged, "damaged crash row") + '\n';
  }
  if (source.report.waiting > 0) {
    text += "  " + counted(source.report.waiting, "message") +
            " not sent yet: " + (source.report.waiting == 1 ? "it stays" : "they stay") +
            " there, for dblog flush\n";
  }
  return text;
}

Json json_of(const Source& source) {
  if (source.failure) return {{"source", source.path.string()}, {"error", source.failure->text()}};
  const MergeReport& report = source.report;
  Json tables = Json::object();
  for (const auto& table : report.tables) tables[table.name] = table.events;
  Json left_out = Json::array();
  for (const auto& left : report.left_out) {
    left_out.push_back({{"table", left.table}, {"why", left.why}});
  }
  return {{"source", source.path.string()},
          {"crashes", report.crashes},
          {"events", report.events},
          {"tables", std::move(tables)},
          {"snapshots", report.snapshots},
          {"processes", report.processes},
          {"messages", report.messages},
          {"group_decisions", report.groups},
          {"waiting_messages", report.waiting},
          {"damaged_crashes", report.damaged},
          {"left_out", std::move(left_out)},
          {"error", nullptr}};
}

bool is_whole(const Source& source) {
  return !source.failure && source.report.left_out.empty() && source.report.damaged == 0;
}

void add(std::string& text, const std::string& part) {
  if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
}

Outcome outcome_of(const std::vector<Source>& sources, bool is_json) {
  Outcome outcome;
  Json array = Json::array();
  std::size_t failed = 0;
  for (const Source& source : sources) {
    array.push_back(json_of(source));
    if (!is_json) outcome.output += plain_text(source);
    if (source.failure) {
      ++failed;
      add(outcome.error, source.failure->text());
    } else {
      add(outcome.error, waiting_files_notice(source.path));
    }
    if (!is_whole(source)) outcome.exit_code = ExitCode::not_everything;
  }
  if (failed == sources.size()) outcome.exit_code = ExitCode::database;
  if (is_json) {
    outcome.output =
        Json{{"sources", std::move(array)}}.dump(2, ' ', true, Json::error_handler_t::replace) +
        '\n';
  }
  return outcome;
}

void merge_into(MergeDatabase& target, Source& source, const MergeOptions& options) {
  const std::string name = source.path.string();
  auto report = target.merge(source.path, [&](const std::string& what) {
    options.show_progress("merging " + name + ": " + what);
  });
  if (report) {
    source.report = std::move(*report);
  } else {
    source.failure = report.error();
  }
}

}  // namespace

Outcome merge(const std::filesystem::path& named, const MergeOptions& options) {
  for (const std::string& path : options.sources) {
    if (::dblog::merge::is_same_file(named, path)) {
      return usage_failure(path + ": is the database that is merged into (--db)");
    }
  }
  const auto database = act_as_owner(named);
  if (!database) return open_failure(database.error());
  std::vector<Source> sources;
  for (const std::string& path : options.sources) {
    sources.push_back({path, ::dblog::merge::refuse_source(path), {}});
  }
  const auto is_usable = [](const Source& source) { return !source.failure; };
  if (std::none_of(sources.begin(), sources.end(), is_usable)) {
    return outcome_of(sources, options.json);
  }
  const auto target = MergeDatabase::open(*database);
  if (!target) return open_failure(target.error());
  for (Source& source : sources) {
    if (is_usable(source)) merge_into(**target, source, options);
  }
  options.show_progress("");
  return outcome_of(sources, options.json);
}

}  // namespace dblog::tool
