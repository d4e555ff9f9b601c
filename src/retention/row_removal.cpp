// The kinds of rows as SQL.
#include "src/retention/row_removal.hpp"

#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>

#include "src/retention/unused_groups.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/table_name.hpp"

namespace dblog::retention {
namespace {

std::string quoted_text(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += std::string(c == '\'' ? 2 : 1, c);
  return quoted + '\'';
}

constexpr const char* kOpen = "state IN ('pending', 'sending')";

std::string question_marks(std::size_t first, std::size_t count) {
  std::string marks;
  for (std::size_t i = 0; i < count; ++i) {
    marks += (i == 0 ? "?" : ", ?") + std::to_string(first + i);
  }
  return marks;
}

// Where in a statement the names begin by which messages know the table.
constexpr int kFirstSpelling = 7;

// No message about it is open.
std::string is_not_told(const Source& source) {
  if (source.in_outbox.empty()) return "1";
  return "NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.source_table IN (" +
         question_marks(kFirstSpelling, source.in_outbox.size()) +
         ") AND o.source_id = r.id AND o." + kOpen + ")";
}

// The lead of a message stays while it has members, and a member until its digest is done with.
std::string is_done_message(const char* states) {
  return std::string("r.state IN (") + states +
         ") AND NOT EXISTS (SELECT 1 FROM outbox_digests AS d WHERE d.carrier_id = r.id AND "
         "d.is_settled = 0) "
         "AND NOT EXISTS (SELECT 1 FROM outbox_groups AS g WHERE g.carrier_id = r.id) "
         "AND NOT EXISTS (SELECT 1 FROM outbox_folds AS f WHERE f.carrier_id = r.id) "
         "AND NOT EXISTS (SELECT 1 FROM outbox_folds AS f JOIN outbox_digests AS d ON "
         "d.carrier_id = f.carrier_id WHERE f.outbox_id = r.id AND d.is_settled = 0)";
}

std::string free_sql(const Source& source) {
  switch (source.kind) {
    case Kind::sent:
      return is_done_message("'sent', 'suppressed'");
    case Kind::dead:
      return is_done_message("'dead'");
    case Kind::hardware:
      return "r.id NOT IN (SELECT hw_log_id FROM crashes WHERE hw_log_id IS NOT NULL)";
    case Kind::events:
    case Kind::crashes:
      return is_not_told(source);
  }
  return "0";
}

// A field may be as long as a message.
std::string bytes_of_fields_sql(const Source& source) {
  std::string sum;
  for (const std::string& name : source.in_event_parts) {
    sum +=
        " + (SELECT ifnull(sum(30 + length(CAST(f.source_table AS BLOB)) + "
        "length(CAST(f.name AS BLOB)) + ifnull(length(CAST(f.value AS BLOB)), 0)), 0) FROM "
        "event_fields AS f WHERE f.source_table = " +
        quoted_text(name) + " AND f.source_id = r.id)";
  }
  return sum;
}

// With the cells' heads, and what the row has in indexes and other tables.
std::string bytes_sql(const Source& source) {
  switch (source.kind) {
    case Kind::sent:
    case Kind::dead:
      return "250 + length(CAST(r.subject AS BLOB)) + length(CAST(r.body AS BLOB))";
    case Kind::hardware:
      return "240 + ifnull(length(CAST(r.task AS BLOB)), 0)";
    case Kind::events:
      return (source.in_event_parts.empty() ? "40" : "65") +
             std::string(" + ifnull(length(CAST(r.msg AS BLOB)), 0)") + bytes_of_fields_sql(source);
    case Kind::crashes:
      return "1200 + ifnull(length(CAST(r.stack_trace AS BLOB)), 0) + "
             "190 * (SELECT count(*) FROM frames AS f WHERE f.crash_id = r.id)";
  }
  return "0";
}

const char* date_sql(const Source& source) {
  return source.table == "outbox" ? "coalesce(r.sent, r.created)" : "r.date";
}

// Dates of the older project's rows, or of anybody's, may be NULL or numbers: those have no age.
std::string look_sql(const Source& source) {
  const std::string date = date_sql(source);
  return "SELECT r.id, ?4 IS NOT NULL AND typeof(" + date + ") = 'text' AND (" + date +
         " < ?4 OR (" + date + " > ?5 AND r.id < ?6)), " + free_sql(source) + ", " +
         bytes_sql(source) + " FROM " + sqlite::quoted_name(source.table) +
         " AS r WHERE r.id > ?1 AND r.id <= ?2 ORDER BY r.id LIMIT ?3";
}

void execute(SQLite::Database& database, const std::string& sql, std::int64_t first,
             std::int64_t last) {
  SQLite::Statement statement(database, sql);
  statement.bind(1, first);
  statement.bind(2, last);
  statement.exec();
}

void remove_crash_parts(SQLite::Database& database, std::int64_t first, std::int64_t last) {
  for (const char* part : schema::kCrashParts) {
    execute(database, std::string("DELETE FROM ") + part + " WHERE crash_id BETWEEN ?1 AND ?2",
            first, last);
  }
  const std::string snapshots =
      "(SELECT hw_log_id FROM crashes WHERE id BETWEEN ?1 AND ?2 AND hw_log_id IS NOT NULL)";
  execute(database, "DELETE FROM hw_details WHERE hw_log_id IN " + snapshots, first, last);
  execute(database, "DELETE FROM hw_logs WHERE id IN " + snapshots, first, last);
}

void remove_event_parts(SQLite::Database& database, const Source& source, std::int64_t first,
                        std::int64_t last) {
  for (const char* part : schema::kEventParts) {
    for (const std::string& name : source.in_event_parts) {
      execute(database,
              std::string("DELETE FROM ") + part + " WHERE source_table = " + quoted_text(name) +
                  " AND source_id BETWEEN ?1 AND ?2",
              first, last);
    }
  }
}

void remove_range(SQLite::Database& database, const Source& source, std::int64_t first,
                  std::int64_t last) {
  switch (source.kind) {
    case Kind::sent:
    case Kind::dead:
      for (const char* rows :
           {"outbox_folds WHERE outbox_id", "outbox_leases WHERE outbox_id",
            "outbox_digests WHERE carrier_id", "outbox_parts WHERE carrier_id"}) {
        execute(database, std::string("DELETE FROM ") + rows + " BETWEEN ?1 AND ?2", first, last);
      }
      break;
    case Kind::hardware:
      execute(database, "DELETE FROM hw_details WHERE hw_log_id BETWEEN ?1 AND ?2", first, last);
      break;
    case Kind::events:
      remove_event_parts(database, source, first, last);
      break;
    case Kind::crashes:
      remove_crash_parts(database, first, last);
      break;
  }
  execute(database,
          "DELETE FROM " + sqlite::quoted_name(source.table) + " WHERE id BETWEEN ?1 AND ?2", first,
          last);
}

std::vector<std::string> fingerprints_of(SQLite::Database& database, std::int64_t first,
                                         std::int64_t last) {
  std::vector<std::string> found;
  SQLite::Statement row(database,
                        "SELECT DISTINCT fingerprint FROM crashes WHERE id BETWEEN ?1 AND ?2 AND "
                        "fingerprint IS NOT NULL");
  row.bind(1, first);
  row.bind(2, last);
  while (row.executeStep()) found.push_back(row.getColumn(0).getString());
  return found;
}

constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

// Not more than can be added to the lowest.
std::int64_t span_of(Ids ids) {
  if (ids.lowest < 0 && ids.highest > kHighest + ids.lowest) return kHighest;
  return ids.highest - ids.lowest;
}

}  // namespace

std::int64_t Chunk::going() const {
  return std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.goes; });
}

std::int64_t Chunk::bytes_going() const {
  std::int64_t bytes = 0;
  for (const Row& row : rows) bytes += row.goes ? row.bytes : 0;
  return bytes;
}

Chunk scan(SQLite::Database& database, const Source& source, std::int64_t after, std::int64_t last,
           std::int64_t limit, const Wanted& wanted) {
  SQLite::Statement statement(database, look_sql(source));
  statement.bind(1, after);
  statement.bind(2, last);
  statement.bind(3, limit);
  if (wanted.before) statement.bind(4, *wanted.before);
  statement.bind(5, wanted.impossible);
  if (wanted.old_up_to) statement.bind(6, *wanted.old_up_to);
  if (source.kind == Kind::events || source.kind == Kind::crashes) {
    for (std::size_t i = 0; i < source.in_outbox.size(); ++i) {
      statement.bind(kFirstSpelling + static_cast<int>(i), source.in_outbox[i]);
    }
  }
  Chunk chunk;
  while (statement.executeStep()) {
    Chunk::Row row{statement.getColumn(0).getInt64(), statement.getColumn(1).getInt() != 0,
                   statement.getColumn(2).getInt() != 0, false, statement.getColumn(3).getInt64()};
    row.goes = row.is_free && (wanted.any || row.is_old || row.id <= wanted.up_to_id);
    chunk.rows.push_back(row);
  }
  return chunk;
}

void remove(SQLite::Database& database, const Source& source, const Chunk& chunk) {
  const auto& rows = chunk.rows;
  for (auto first = rows.begin(); first != rows.end();) {
    first = std::find_if(first, rows.end(), [](const Chunk::Row& row) { return row.goes; });
    if (first == rows.end()) return;
    const auto end =
        std::find_if(first, rows.end(), [](const Chunk::Row& row) { return !row.goes; });
    const std::int64_t last = (end - 1)->id;
    const bool is_crashes = source.kind == Kind::crashes;
    const auto groups =
        is_crashes ? fingerprints_of(database, first->id, last) : std::vector<std::string>{};
    remove_range(database, source, first->id, last);
    forget_unused_groups(database, groups);
    first = end;
  }
}

std::int64_t id_below(std::int64_t id, std::int64_t by) noexcept {
  constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
  return id < kLowest + by ? kLowest : id - by;
}

std::optional<Ids> ids_of(SQLite::Database& database, const Source& source) {
  const std::string table = sqlite::quoted_name(source.table);
  SQLite::Statement row(
      database, "SELECT (SELECT min(id) FROM " + table + "), (SELECT max(id) FROM " + table + ")");
  if (!row.executeStep() || row.isColumnNull(0)) return std::nullopt;
  return Ids{row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
}

std::optional<std::int64_t> sample_old(SQLite::Database& database, const Source& source, Ids ids,
                                       const std::string& before) {
  constexpr std::int64_t kSamples = 16;
  const std::string date = date_sql(source);
  SQLite::Statement row(database, "SELECT r.id, typeof(" + date + ") = 'text' AND " + date +
                                      " < ?2 FROM " + sqlite::quoted_name(source.table) +
                                      " AS r WHERE r.id >= ?1 ORDER BY r.id LIMIT 1");
  for (std::int64_t i = kSamples - 1; i >= 0; --i) {
    row.reset();
    row.bind(1, ids.lowest + span_of(ids) / kSamples * i);
    row.bind(2, before);
    if (row.executeStep() && row.getColumn(1).getInt() != 0) return row.getColumn(0).getInt64();
  }
  return std::nullopt;
}

namespace {

// Where there is nothing from about the middle of the ids on for most of them: the ids around it.
std::optional<Ids> gap_of(SQLite::Database& database, const Source& source, Ids ids) {
  const std::int64_t middle = ids.lowest + span_of(ids) / 2;
  const std::string table = sqlite::quoted_name(source.table);
  SQLite::Statement row(database, "SELECT (SELECT max(id) FROM " + table +
                                      " WHERE id <= ?1), (SELECT min(id) FROM " + table +
                                      " WHERE id > ?1)");
  row.bind(1, middle);
  if (!row.executeStep() || row.isColumnNull(0) || row.isColumnNull(1)) return std::nullopt;
  const Ids gap{row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
  return span_of(gap) > span_of(ids) / 2 ? std::optional(gap) : std::nullopt;
}

// Of each stretch of ids one row; a stretch without any counts as empty.
double sampled_bytes(SQLite::Database& database, const Source& source, Ids ids) {
  constexpr std::int64_t kSamples = 64;
  SQLite::Statement sample(database, "SELECT " + bytes_sql(source) + " FROM " +
                                         sqlite::quoted_name(source.table) +
                                         " AS r WHERE r.id >= ?1 AND r.id < ?2 ORDER BY r.id "
                                         "LIMIT 1");
  const std::int64_t stretch = std::max<std::int64_t>(span_of(ids) / kSamples, 1);
  double bytes = 0;
  for (std::int64_t i = 0; i < kSamples; ++i) {
    const std::int64_t begin = ids.lowest + i * stretch;
    sample.reset();
    sample.bind(1, begin);
    sample.bind(2, begin + stretch);
    if (sample.executeStep()) {
      bytes += sample.getColumn(0).getDouble() * static_cast<double>(stretch);
    }
  }
  return bytes;
}

// A few ids far away from all others do not make the rest of the table seem sparse, or huge.
double bytes_between(SQLite::Database& database, const Source& source, Ids ids, int splits) {
  constexpr std::int64_t kCounted = 2'000;
  SQLite::Statement all(database, "SELECT count(*), total(b) FROM (SELECT " + bytes_sql(source) +
                                      " AS b FROM " + sqlite::quoted_name(source.table) +
                                      " AS r WHERE r.id BETWEEN ?1 AND ?2 LIMIT ?3)");
  all.bind(1, ids.lowest);
  all.bind(2, ids.highest);
  all.bind(3, kCounted);
  all.executeStep();
  if (all.getColumn(0).getInt64() < kCounted) return all.getColumn(1).getDouble();
  const auto gap = splits > 0 ? gap_of(database, source, ids) : std::nullopt;
  if (!gap) return sampled_bytes(database, source, ids);
  return bytes_between(database, source, {ids.lowest, gap->lowest}, splits - 1) +
         bytes_between(database, source, {gap->highest, ids.highest}, splits - 1);
}

}  // namespace

std::int64_t bytes_of_row(SQLite::Database& database, const Source& source, std::int64_t id) {
  SQLite::Statement row(database, "SELECT " + bytes_sql(source) + " FROM " +
                                      sqlite::quoted_name(source.table) + " AS r WHERE r.id = ?1");
  row.bind(1, id);
  return row.executeStep() ? row.getColumn(0).getInt64() : 0;
}

std::string delete_triggers(SQLite::Database& database, const Source& source) {
  std::string parts = "''";
  switch (source.kind) {
    case Kind::sent:
    case Kind::dead:
      parts = "'outbox_folds', 'outbox_leases', 'outbox_digests', 'outbox_parts'";
      break;
    case Kind::hardware:
      parts = "'hw_details'";
      break;
    case Kind::events:
      for (const char* part : schema::kEventParts) parts.append(", ").append(quoted_text(part));
      break;
    case Kind::crashes:
      parts =
          "'hw_logs', 'hw_details', 'fingerprint_parts', 'fingerprint_aliases', "
          "'crash_group_states'";
      for (const char* part : schema::kCrashParts) parts.append(", ").append(quoted_text(part));
      break;
  }
  SQLite::Statement row(database,
                        "SELECT group_concat(name || ' on ' || tbl_name, ', ') FROM sqlite_master "
                        "WHERE type = 'trigger' AND (tbl_name = ?1 COLLATE NOCASE OR "
                        "lower(tbl_name) IN (" +
                            parts + "))");
  row.bind(1, source.table);
  row.executeStep();
  return row.getColumn(0).getString();
}

bool is_fault_of_table(const SQLite::Exception& failure) noexcept {
  switch (failure.getErrorCode() & 0xFF) {
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:
      return true;
    default:
      return false;
  }
}

std::int64_t estimate_bytes(SQLite::Database& database, const Source& source) {
  constexpr int kMostSplits = 4;
  constexpr double kMost = 1e18;
  const auto ids = ids_of(database, source);
  if (!ids) return 0;
  return static_cast<std::int64_t>(
      std::min(bytes_between(database, source, *ids, kMostSplits), kMost));
}

}  // namespace dblog::retention
