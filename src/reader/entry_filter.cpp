#include "src/reader/entry_filter.hpp"

#include <utility>

#include "src/reader/origin_reading.hpp"
#include "src/schema/event_words.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
namespace {

constexpr int kFirstParameter = 11;
constexpr const char* kNever = "0";

}  // namespace

FilterCondition::FilterCondition(SQLite::Database& database, const Table& table,
                                 const EntryFilter& filter)
    : table_(table), id_(sqlite::quoted_name(table.name) + ".id") {
  if (filter.since) require("CAST(date AS TEXT) >= " + parameter(*filter.since));
  if (filter.until) require("CAST(date AS TEXT) < " + parameter(*filter.until));
  if (filter.text) require_text(*filter.text);
  if (filter.kind) {
    const std::string kind = table.is_crashes ? "kind" : table.is_hardware ? "NULL" : "'event'";
    require(kind + " = " + parameter(*filter.kind));
  }
  if (filter.signal) require_signal(database, *filter.signal);
  if (filter.min_severity) require_severity(database, *filter.min_severity);
  for (const EntryFilter::Field& field : filter.fields) require_field(database, field);
  for (const std::string& tag : filter.tags) require_tag(database, tag);
  if (filter.release) require_process(database, "release", *filter.release);
  if (filter.environment) require_process(database, "environment", *filter.environment);
}

void FilterCondition::bind(SQLite::Statement& statement) const {
  int number = kFirstParameter;
  for (const std::string& value : values_) statement.bind(number++, value);
}

// Letters of ASCII are the same in both cases.
void FilterCondition::require_text(const std::string& text) {
  const std::string words = table_.is_hardware  ? "coalesce(task, '')"
                            : table_.is_crashes ? "coalesce(exception_type || ' ', '') || "
                                                  "coalesce(msg, '')"
                                                : "coalesce(msg, '')";
  require("instr(lower(" + words + "), lower(" + parameter(text) + ")) > 0");
}

void FilterCondition::require_signal(SQLite::Database& database, int signal) {
  if (!table_.is_crashes) return require(kNever);
  const bool has_kills = sqlite::has_table(database, kCrashTable, "killed_by");
  require(std::to_string(signal) + (has_kills ? " IN (signal, killed_by)" : " = signal"));
}

// A crash is as severe as anything.
void FilterCondition::require_severity(SQLite::Database& database, const std::string& least) {
  if (table_.is_crashes) return;
  if (table_.is_hardware) return require(kNever);
  std::string severity = "'" + std::string(schema::kUsualSeverityWord) + "'";
  if (sqlite::has_table(database, "event_facts", "severity")) {
    severity = "coalesce((SELECT severity FROM event_facts WHERE " + is_of_event() + "), " +
               severity + ")";
  }
  std::string enough;
  bool is_enough = false;
  for (const std::string_view word : schema::kSeverityWords) {
    is_enough = is_enough || word == least;
    if (is_enough) enough.append(enough.empty() ? "'" : ", '").append(word).append("'");
  }
  require(severity + " IN (" + enough + ")");
}

void FilterCondition::require_field(SQLite::Database& database, const EntryFilter::Field& field) {
  const std::string fields = table_.is_crashes ? "crash_fields" : "event_fields";
  if (table_.is_hardware || !sqlite::has_table(database, fields.c_str(), "value")) {
    return require(kNever);
  }
  const std::string owner = table_.is_crashes ? "crash_id = " + id_ : is_of_event();
  require("EXISTS (SELECT 1 FROM " + fields + " WHERE " + owner +
          " AND name = " + parameter(field.name) +
          " AND CASE type WHEN 'boolean' THEN CASE value WHEN 0 THEN 'false' ELSE 'true' END "
          "ELSE CAST(value AS TEXT) END = " +
          parameter(field.value) + ")");
}

void FilterCondition::require_tag(SQLite::Database& database, const std::string& tag) {
  const bool has_tags =
      !table_.is_crashes && !table_.is_hardware && sqlite::has_table(database, "event_tags", "tag");
  if (!has_tags) return require(kNever);
  require("EXISTS (SELECT 1 FROM event_tags WHERE " + is_of_event() +
          " AND tag = " + parameter(tag) + ")");
}

void FilterCondition::require_process(SQLite::Database& database, const std::string& column,
                                      const std::string& value) {
  if (table_.is_hardware) return require(kNever);
  const std::string process = table_.is_crashes
                                  ? process_of_crash_sql(database)
                                  : process_of_event_sql(database, parameter(table_.name), id_);
  const bool is_known = sqlite::has_table(database, "dblog_processes", "environment");
  const std::string of_process =
      is_known
          ? "(SELECT " + column + " FROM dblog_processes WHERE dblog_processes.id = " + process +
                ")"  // no alias: a table of events may have any name
          : "NULL";
  // A crash knew its release before there were rows of processes.
  const bool is_of_crash = table_.is_crashes && column == "release";
  require((is_of_crash ? "coalesce(release, " + of_process + ")" : of_process) + " = " +
          parameter(value));
}

std::string FilterCondition::parameter(std::string value) {
  values_.push_back(std::move(value));
  return '?' + std::to_string(kFirstParameter + static_cast<int>(values_.size()) - 1);
}

std::string FilterCondition::is_of_event() {
  return "source_table = " + parameter(table_.name) + " AND source_id = " + id_;
}

}  // namespace dblog::reader
