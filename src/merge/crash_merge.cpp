#include "src/merge/crash_merge.hpp"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>
#include <vector>

#include "src/grouping/crash_group_states.hpp"
#include "src/merge/row_copy.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::merge {
namespace {

// Release and environment may be set late in a process, whose end may never be known.
constexpr const char* kLaterState =
    "ON CONFLICT (id) DO UPDATE SET release = coalesce(excluded.release, release), environment = "
    "coalesce(excluded.environment, environment), ended = excluded.ended, ended_utc = "
    "excluded.ended_utc, ended_by = excluded.ended_by WHERE uuid = excluded.uuid AND "
    "(ended IS NULL OR excluded.ended_utc > coalesce(ended_utc, 0))";

/// The rows that belong to one crash after the other.
class CrashParts {
 public:
  CrashParts(SQLite::Database& source, Target& target) {
    for (const char* part : schema::kCrashParts) {
      parts_.emplace_back(
          source, target, part,
          std::vector<Reference>{{"crash_id", [this](std::int64_t) { return crash_; }, true}});
    }
  }
  CrashParts(const CrashParts&) = delete;
  CrashParts& operator=(const CrashParts&) = delete;

  void add(std::int64_t source_id, std::int64_t target_id) {
    crash_ = target_id;
    for (RowCopy& part : parts_) part.add_all(" WHERE crash_id = ?1", source_id);
  }

 private:
  std::int64_t crash_ = 0;
  std::vector<RowCopy> parts_;
};

bool is_in_target(Target& target, const std::string& table, std::int64_t id) {
  return target.number("SELECT 1 FROM " + table + " WHERE id = ?1", id).has_value();
}

}  // namespace

void merge_processes(SQLite::Database& source, Target& target, MergeReport& report) {
  RowCopy processes{source, target, "dblog_processes", {}, {}, kLaterState};
  if (!processes.has("id") || !processes.has("uuid")) return;
  SQLite::Statement rows{source,
                         "SELECT id, " + processes.selected() +
                             " FROM dblog_processes WHERE typeof(id) = 'integer' AND typeof(uuid) "
                             "= 'text'"};
  while (rows.executeStep()) {
    const bool is_known = is_in_target(target, "dblog_processes", rows.getColumn(0).getInt64());
    if (processes.add(rows, 1) && !is_known) ++report.processes;
  }
  RowCopy exits{source, target, "dblog_exits"};
  if (exits.has("process_id")) exits.add_all(" WHERE typeof(process_id) = 'integer'");
}

void merge_crashes(SQLite::Database& source, Target& target, MergeReport& report) {
  const auto snapshot = [&](std::int64_t id) { return target.id_of("hw_logs", id); };
  RowCopy crashes{source, target, "crashes", {{"hw_log_id", snapshot}}, {"id"}};
  if (!crashes.has("uuid") || !crashes.has("kind") || !crashes.has("fingerprint")) return;
  CrashParts parts{source, target};
  auto groups = target.work(
      [](SQLite::Database& database) { return std::make_unique<grouping::CrashGroups>(database); });
  SQLite::Statement rows{
      source, "SELECT id, uuid, fingerprint, " + crashes.selected() + " FROM crashes ORDER BY id"};
  while (rows.executeStep()) {
    if (!rows.getColumn(0).isInteger() || !rows.getColumn(1).isText()) {
      ++report.damaged;
      continue;
    }
    const std::int64_t id = rows.getColumn(0).getInt64();
    const auto known = target.number(schema::kFindCrash, rows.getColumn(1).getString());
    if (known) {
      target.note_id("crashes", id, *known);
      continue;
    }
    const auto added = crashes.add(rows, 3);
    if (!added) {
      ++report.damaged;
      continue;
    }
    target.note_id("crashes", id, *added);
    ++report.crashes;
    parts.add(id, *added);
    if (!rows.getColumn(2).isText()) continue;
    const std::string fingerprint = rows.getColumn(2).getString();
    target.work([&](SQLite::Database&) { groups->add(fingerprint, *added); });
  }
}

void merge_groups(SQLite::Database& source, Target& target, MergeReport& report) {
  for (const char* table : {"fingerprint_parts", "fingerprint_aliases"}) {
    RowCopy{source, target, table}.add_all();
  }
  if (!sqlite::has_table(source, "crash_group_states", "state")) return;
  const bool has_releases = sqlite::has_table(source, "crash_group_releases", "release");
  auto groups = target.work(
      [](SQLite::Database& database) { return std::make_unique<grouping::CrashGroups>(database); });
  const auto crash = [&](std::int64_t id) { return target.id_of("crashes", id); };
  SQLite::Statement states{source,
                           "SELECT * FROM crash_group_states WHERE typeof(fingerprint) = 'text' "
                           "AND typeof(state) = 'text'"};
  while (states.executeStep()) {
    grouping::ForeignState state{sqlite::current_row(states), {}};
    for (sqlite::Column& column : state.row.columns) {
      if (column.name != "first_crash" && column.name != "regressed_by") continue;
      const auto* const id = std::get_if<std::int64_t>(&column.value);
      const auto here = id != nullptr ? crash(*id) : std::nullopt;
      column.value = here ? sqlite::Value{*here} : sqlite::Value{};
    }
    if (has_releases) {
      SQLite::Statement releases{source,
                                 "SELECT release FROM crash_group_releases WHERE fingerprint = ?1"};
      releases.bind(1, state.row.text("fingerprint").value_or(""));
      while (releases.executeStep()) state.releases.push_back(releases.getColumn(0).getString());
    }
    const bool is_news = target.work([&](SQLite::Database&) { return groups->adopt(state); });
    if (is_news) ++report.groups;
  }
}

}  // namespace dblog::merge
