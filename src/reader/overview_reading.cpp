#include "src/reader/overview_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include "src/reader/readable_tables.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::reader {
// The view `releases` in the words of the tables: a file's own views may be anything.
std::vector<sqlite::Row> read_releases(SQLite::Database& database, const EntryFilter& filter,
                                       bool& is_truncated) {
  if (!sqlite::has_table(database, "dblog_processes", "environment") ||
      !sqlite::has_table(database, "crashes", "process_id")) {
    return {};
  }
  SQLite::Statement statement{
      database,
      "WITH last AS (SELECT process_id, max(id) AS id FROM crashes WHERE process_id IS NOT NULL "
      "GROUP BY process_id) SELECT p.executable AS executable, p.release AS release, p.environment "
      "AS environment, min(p.started) AS first_seen, max(coalesce(p.ended, c.date, p.started)) AS "
      "last_seen, count(*) AS processes, count(*) FILTER (WHERE c.kind NOT IN ('killed', 'ended')) "
      "AS crashed, count(*) FILTER (WHERE c.kind = 'killed') AS killed FROM dblog_processes AS p "
      "LEFT JOIN last AS l ON l.process_id = p.id LEFT JOIN crashes AS c ON c.id = l.id "
      "WHERE (?1 IS NULL OR p.started >= ?1) AND (?2 IS NULL OR p.started < ?2) "
      "AND (?3 IS NULL OR p.release = ?3) AND (?4 IS NULL OR p.environment = ?4) "
      "GROUP BY p.executable, p.release, p.environment ORDER BY last_seen DESC, first_seen DESC"};
  int number = 0;
  for (const auto& value : {filter.since, filter.until, filter.release, filter.environment}) {
    ++number;
    if (value) statement.bind(number, *value);
  }
  return sqlite::all_rows(statement, kMostOtherRows, is_truncated);
}

Overview read_overview(SQLite::Database& database) {
  Overview overview;
  for (const Table& table : find_tables(database)) {
    const std::string count = "SELECT count(*) FROM " + sqlite::quoted_name(table.name);
    (table.is_crashes ? overview.crashes : overview.events) +=
        database.execAndGet(count).getInt64();
  }
  overview.releases = read_releases(database, {}, overview.is_truncated);
  return overview;
}

// Dates as they are stored can be compared, and the index of hw_logs has them.
std::vector<sqlite::Row> read_hardware_around(SQLite::Database& database, const std::string& date) {
  constexpr std::size_t kMostSnapshots = 120;
  if (!sqlite::has_table(database, "hw_logs", "mem_use")) return {};
  const bool has_details = sqlite::has_table(database, "hw_details", "pressure_io");
  SQLite::Statement statement{
      database, std::string("SELECT h.*") + (has_details ? ", d.*" : "") + " FROM hw_logs AS h" +
                    (has_details ? " LEFT JOIN hw_details AS d ON d.hw_log_id = h.id" : "") +
                    " WHERE h.date BETWEEN strftime('%Y-%m-%d %H:%M:%f', ?1, '-1 hour') AND "
                    "strftime('%Y-%m-%d %H:%M:%f', ?1, '+10 minutes') "
                    "ORDER BY abs(julianday(h.date) - julianday(?1))"};
  statement.bind(1, date);
  bool is_truncated = false;  // the nearest are enough
  return sqlite::all_rows(statement, kMostSnapshots, is_truncated);
}

}  // namespace dblog::reader
