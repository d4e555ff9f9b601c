// dblog prune.
#include "tools/dblog/prune.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <variant>

#include "src/config/settings.hpp"
#include "src/recovery/abandoned_files.hpp"
#include "src/recovery/file_limit.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/read_connection.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/stop_signals.hpp"

namespace dblog::tool {
namespace {

using Json = nlohmann::ordered_json;
using retention::PruneOutcome;
using Paths = std::vector<std::filesystem::path>;

struct Pruned {
  PruneOutcome outcome;
  Paths files;
  std::vector<std::string> problems;
  std::vector<std::string> missing_tables;  ///< That a limit names.
  bool has_only_files = false;              ///< The database is not understood.
};

// A limit may be wrong, or stand in a file that could not be read.
bool is_about_limits(const config::SettingError& error, const std::string& env_file) {
  return error.where == env_file || (error.key.starts_with("DBLOG_") && error.key != "DBLOG_DB");
}

/// The limits, or what is wrong with an option.
std::variant<config::Retention, std::string> make_limits(const PruneOptions& options,
                                                         Pruned& pruned) {
  const config::LoadedSettings loaded = config::load_settings(options.env_file);
  for (const config::SettingError& error : loaded.errors) {
    if (is_about_limits(error, loaded.env_file.string())) pruned.problems.push_back(error.text());
  }
  config::Retention limits = loaded.settings.retention;
  const auto take = [](const std::string& text, config::TableLimits& into) {
    if (text.empty()) return true;
    auto parsed = config::parse_table_limits(text);
    if (!parsed) return false;
    into = *std::move(parsed);
    return true;
  };
  constexpr const char* kWrong = ": is no number, nor a list such as 90,trace=7";
  if (!take(options.max_days, limits.days)) return "--max-days " + options.max_days + kWrong;
  if (!take(options.max_rows, limits.rows)) return "--max-rows " + options.max_rows + kWrong;
  if (!take(options.max_mb, limits.megabytes)) return "--max-mb " + options.max_mb + kWrong;
  return limits;
}

std::string reasons(const retention::PruneReport::Table& table) {
  std::string text;
  const auto add = [&text](std::int64_t rows, const char* why) {
    if (rows > 0) text += (text.empty() ? "" : ", ") + std::to_string(rows) + ' ' + why;
  };
  add(table.by_age, "too old");
  add(table.by_rows, "too many");
  add(table.by_size, "for room");
  return text;
}

std::vector<std::string> troubles(const Pruned& pruned, bool is_dry) {
  std::vector<std::string> lines = pruned.problems;
  if (pruned.has_only_files) return lines;
  const PruneOutcome& outcome = pruned.outcome;
  lines.insert(lines.end(), outcome.report.left.begin(), outcome.report.left.end());
  if (!outcome.report.size_unknown.empty()) {
    lines.push_back("no limit of bytes: " + outcome.report.size_unknown);
  }
  if (outcome.report.is_over_limit && outcome.report.held_bytes > 0) {
    lines.push_back("still over its limit of bytes: about " + megabytes(outcome.report.held_bytes) +
                    " wait to be sent, or are what is told in waiting messages");
  } else if (outcome.report.is_over_limit) {
    lines.emplace_back(
        "still over its limit of bytes: what is left waits to be sent, or is the "
        "newest crash");
  }
  if (outcome.is_held_by_reader) {
    lines.emplace_back(
        "a program that reads the database keeps its log from being emptied; run it "
        "again when that is done");
  } else if (!outcome.is_complete) {
    lines.emplace_back(is_dry ? "not all was looked at, for lack of time"
                              : "not done, for lack of time; run it again");
  }
  return lines;
}

std::string missing_tables_line(const std::vector<std::string>& tables) {
  std::string text;
  for (const std::string& table : tables) text += (text.empty() ? "" : ", ") + table;
  return tables.empty() ? "" : "limits name tables that are not there: " + escape_line(text) + '\n';
}

std::string rows_text(const retention::PruneReport& report, bool is_dry) {
  std::int64_t rows = 0;
  for (const auto& table : report.tables) rows += table.rows;
  return (is_dry ? "would remove " : "removed ") + counted(rows, "row");
}

std::string plain_text(const Pruned& pruned, bool is_dry) {
  const PruneOutcome& outcome = pruned.outcome;
  std::string text;
  for (const auto& table : outcome.report.tables) {
    text +=
        escape_line(table.name) + ": " + counted(table.rows, "row") + " (" + reasons(table) + ")\n";
  }
  if (outcome.stacks > 0) text += counted(outcome.stacks, "stack") + " that no event names\n";
  for (const auto& file : pruned.files)
    text += escape_line(file.string()) + ": no version of dblog that is here can read it\n";
  text += missing_tables_line(pruned.missing_tables);
  for (const std::string& line : troubles(pruned, is_dry)) text += escape_line(line) + '\n';
  if (pruned.has_only_files) {
    return text + (is_dry ? "would remove " : "removed ") +
           counted(static_cast<std::int64_t>(pruned.files.size()), "file") + " and no rows\n";
  }
  text += rows_text(outcome.report, is_dry) + "; " + megabytes(outcome.report.bytes_before) +
          " in use, then " + (is_dry ? "about " : "") + megabytes(outcome.report.bytes_after) +
          "; ";
  text += is_dry ? "the file has " + megabytes(outcome.file_bytes_before)
                 : "the file had " + megabytes(outcome.file_bytes_before) + ", has " +
                       megabytes(outcome.file_bytes_after);
  return text + '\n';
}

std::string pruned_json(const Pruned& pruned, bool is_dry) {
  const PruneOutcome& outcome = pruned.outcome;
  Json tables = Json::array();
  for (const auto& table : outcome.report.tables) {
    tables.push_back({{"table", table.name},
                      {"rows", table.rows},
                      {"too_old", table.by_age},
                      {"too_many", table.by_rows},
                      {"for_room", table.by_size}});
  }
  Json files = Json::array();
  for (const auto& file : pruned.files) files.push_back(file.string());
  const Json json = {{"dry_run", is_dry},
                     {"tables", tables},
                     {"stacks", outcome.stacks},
                     {"files", files},
                     {"missing_tables", pruned.missing_tables},
                     {"bytes_in_use_before", outcome.report.bytes_before},
                     {"bytes_in_use_after", outcome.report.bytes_after},
                     {"file_bytes_before", outcome.file_bytes_before},
                     {"file_bytes_after", outcome.file_bytes_after},
                     {"complete", outcome.is_complete},
                     {"problems", troubles(pruned, is_dry)}};
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

Paths abandoned_files(const std::filesystem::path& database, const config::Retention& limits,
                      bool is_dry) {
  Paths removed = recovery::remove_beyond_limit(database, is_dry);
  if (limits.box_days == 0) return removed;
  const std::chrono::hours age = std::chrono::hours{24} * limits.box_days;
  for (const auto& file : recovery::remove_abandoned(database, age, is_dry)) {
    if (std::find(removed.begin(), removed.end(), file) == removed.end()) removed.push_back(file);
  }
  return removed;
}

Outcome outcome_of(const Pruned& pruned, const PruneOptions& options) {
  const bool is_done = troubles(pruned, options.dry_run).empty();
  return {is_done ? ExitCode::done : ExitCode::not_everything,
          options.json ? pruned_json(pruned, options.dry_run) : plain_text(pruned, options.dry_run),
          ""};
}

}  // namespace

Outcome prune(const std::filesystem::path& database, const PruneOptions& options) {
  Pruned pruned;
  const auto made = make_limits(options, pruned);
  if (const auto* why = std::get_if<std::string>(&made)) return usage_failure(*why);
  const auto& limits = std::get<config::Retention>(made);
  if (const auto readable = sqlite::ReadConnection::open(database); !readable) {
    if (readable.error().code != base::ErrorCode::newer_schema)
      return open_failure(readable.error());
    // The files beside it are understood, and may fill the disk.
    pruned.has_only_files = true;
    pruned.problems.push_back("only files were looked at, not rows: " + readable.error().text());
  }
  const auto existing = sqlite::existing_database(database);
  if (!existing) return open_failure(existing.error());
  const std::filesystem::path& path = *existing;
  // Before the rows: on a full disk they make room.
  pruned.files = abandoned_files(path, limits, options.dry_run);
  if (pruned.has_only_files) return outcome_of(pruned, options);
  const auto show = [&options](const retention::PruneReport& report) {
    options.show_progress("pruning: " + rows_text(report, options.dry_run) + " so far");
  };
  const auto outcome = retention::prune_database(path, limits,
                                                 {.is_dry = options.dry_run,
                                                  .sweeps_always = true,
                                                  .gives_all_back = true,
                                                  .limit = std::chrono::hours{24},
                                                  .on_progress = show});
  options.show_progress("");
  if (!outcome) return query_failure(outcome.error());
  pruned.outcome = *outcome;
  pruned.missing_tables = retention::missing_tables(path, limits);
  if (options.vacuum && !options.dry_run) {
    options.show_progress("rewriting the file");
    const auto error = retention::vacuum_database(path);
    options.show_progress("");
    if (error) return query_failure(*error);
    std::error_code gone;
    pruned.outcome.file_bytes_after =
        static_cast<std::int64_t>(std::filesystem::file_size(path, gone));
  }
  return outcome_of(pruned, options);
}

base::Result<PruneOutcome> prune_a_little(const std::filesystem::path& database,
                                          const std::string& env_file,
                                          std::chrono::milliseconds limit,
                                          const std::function<bool()>& should_stop) {
  const config::LoadedSettings loaded = config::load_settings(env_file);
  (void)abandoned_files(database, loaded.settings.retention, false);
  return retention::prune_database(database, loaded.settings.retention,
                                   {.limit = limit, .should_stop = should_stop});
}

}  // namespace dblog::tool
