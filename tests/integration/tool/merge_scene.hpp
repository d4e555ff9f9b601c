// Databases to merge, and what is in them afterwards.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/tool/tool_run.hpp"

namespace dblog::test {

/// Crash 1, and events of two processes: some with facts, some alike.
inline void fill(SQLite::Database& database, const std::string& host) {
  add_full_crash(database);
  make_event_table(database, "e");
  add_event(database, "e", "refused", "2026-01-30 08:00:00.000000");
  add_event(database, "e", "again", "2026-01-30 08:00:01.000000");
  add_event(database, "e", "again", "2026-01-30 08:00:01.000000");
  add_event(database, "e", "of another program", "2026-01-30 08:00:02.000000");
  add_event_facts(database, "e", 1);
  database.exec(
      "INSERT INTO dblog_processes (id, uuid, host, release, ended_utc) VALUES "
      "(7, 'p7', '" +
      host +
      "', '1.2.3', 100); UPDATE crashes SET process_id = 7;"
      "INSERT INTO stacks VALUES (99, '1:beef');"
      "INSERT INTO stack_frames (stack_id, depth, function) VALUES (99, 0, 'push()');"
      "INSERT INTO event_stacks (source_table, source_id, pid, pushed_at, process_id, utc_offset) "
      "VALUES ('e', 1, 1, 99, 7, 3600); INSERT INTO dblog_event_runs VALUES ('e', 2, 3, 7, 3600)");
}

inline std::string dump(const std::filesystem::path& path) {
  SQLite::Database database{path.string(), SQLite::OPEN_READONLY};
  std::string text;
  SQLite::Statement tables{database,
                           "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                           "'sqlite_%' ORDER BY name"};
  while (tables.executeStep()) {
    const std::string table = tables.getColumn(0).getString();
    SQLite::Statement rows{database, "SELECT * FROM \"" + table + '"'};
    while (rows.executeStep()) {
      text += table;
      for (int i = 0; i < rows.getColumnCount(); ++i) text += '|' + rows.getColumn(i).getString();
      text += '\n';
    }
  }
  return text;
}

inline std::string value(const std::filesystem::path& path, const std::string& sql) {
  SQLite::Database database{path.string(), SQLite::OPEN_READONLY};
  SQLite::Statement statement{database, sql};
  std::string text;
  while (statement.executeStep()) {
    if (!text.empty()) text += '\n';
    for (int i = 0; i < statement.getColumnCount(); ++i) {
      text += (i == 0 ? "" : "|") + statement.getColumn(i).getString();
    }
  }
  return text;
}

/// a.db, filled, to be merged into all.db.
struct MergeScene {
  ToolRun tool;
  std::filesystem::path a = tool.directory / "a.db";
  std::filesystem::path all = tool.directory / "all.db";

  MergeScene() {
    auto database = make_database(a);
    fill(database, "web1");
  }
  [[nodiscard]] ChildResult merge(std::vector<std::string> sources) const {
    sources.insert(sources.begin(), {"--db", "all.db", "merge"});
    return tool(sources);
  }
};

inline void write(const std::filesystem::path& path, const std::string& sql) {
  SQLite::Database database{path.string(), SQLite::OPEN_READWRITE};
  database.exec(sql);
}

}  // namespace dblog::test
