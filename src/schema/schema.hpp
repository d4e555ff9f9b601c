// The database's layout, as SQL. The one text that both the ordinary store and the crash
// connection execute, so that they cannot disagree. Constants only: usable at crash time.
// docs/schema.md explains every column.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace dblog::schema {

/// `PRAGMA user_version` of the layout below. 0 is an empty file or one of the older project's.
inline constexpr int kVersion = 3;

/// Texts as one constant.
template <const auto&... kParts>
inline constexpr auto kJoined = [] {
  std::array<char, (sizeof(kParts) + ...)> text{};  // a bit more than it needs
  char* end = text.data();
  for (const std::string_view part : {std::string_view{kParts}...}) {
    end = std::copy(part.begin(), part.end(), end);
  }
  return text;
}();

inline constexpr char kTables[] = R"sql(
CREATE TABLE IF NOT EXISTS hw_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, task VARCHAR, pid INTEGER, cpu_times VARCHAR, cpu_usage VARCHAR, memory VARCHAR, mem_use VARCHAR, read_count INTEGER, write_count INTEGER, date DATETIME);
CREATE TABLE IF NOT EXISTS hw_details (hw_log_id INTEGER PRIMARY KEY REFERENCES hw_logs(id), load_1 REAL, load_5 REAL, load_15 REAL, uptime_seconds REAL, threads INTEGER, open_files INTEGER, open_files_limit INTEGER, memory_total INTEGER, memory_available INTEGER, swap_total INTEGER, swap_free INTEGER, cgroup_memory_current INTEGER, cgroup_memory_max INTEGER, cgroup_pids_current INTEGER, cgroup_pids_max INTEGER, pressure_cpu REAL, pressure_memory REAL, pressure_io REAL);
CREATE TABLE IF NOT EXISTS crashes (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, date DATETIME NOT NULL, kind TEXT NOT NULL, signal INTEGER, signal_name TEXT, signal_code INTEGER, fault_address TEXT, exception_type TEXT, msg TEXT, pid INTEGER, tid INTEGER, thread_name TEXT, host TEXT, executable TEXT, release TEXT, fingerprint TEXT, stack_trace TEXT, hw_log_id INTEGER REFERENCES hw_logs(id), access TEXT, cause TEXT, phase TEXT, sender_pid INTEGER, sender_uid INTEGER, system_call INTEGER, killed_by INTEGER);
CREATE TABLE IF NOT EXISTS frames (crash_id INTEGER NOT NULL REFERENCES crashes(id), thread INTEGER NOT NULL, depth INTEGER NOT NULL, address TEXT, module TEXT, build_id TEXT, offset TEXT, function TEXT, file TEXT, line INTEGER, inlined INTEGER NOT NULL DEFAULT 0, return_address INTEGER, column_number INTEGER, name_source TEXT);
CREATE INDEX IF NOT EXISTS frames_by_crash ON frames (crash_id, thread, depth);
CREATE INDEX IF NOT EXISTS crashes_by_fingerprint ON crashes (fingerprint, id, date);
CREATE TABLE IF NOT EXISTS threads (crash_id INTEGER NOT NULL REFERENCES crashes(id), tid INTEGER NOT NULL, name TEXT, answered INTEGER NOT NULL, PRIMARY KEY (crash_id, tid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS registers (crash_id INTEGER NOT NULL REFERENCES crashes(id), name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (crash_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS breadcrumbs (crash_id INTEGER NOT NULL REFERENCES crashes(id), number INTEGER NOT NULL, date DATETIME NOT NULL, tid INTEGER NOT NULL, msg TEXT NOT NULL, PRIMARY KEY (crash_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stacks (id INTEGER PRIMARY KEY, fingerprint TEXT);
CREATE TABLE IF NOT EXISTS stack_frames (stack_id INTEGER NOT NULL REFERENCES stacks(id), depth INTEGER NOT NULL, address TEXT, module TEXT, build_id TEXT, offset TEXT, function TEXT, file TEXT, line INTEGER, inlined INTEGER NOT NULL DEFAULT 0, return_address INTEGER, column_number INTEGER, name_source TEXT);
CREATE INDEX IF NOT EXISTS stack_frames_by_stack ON stack_frames (stack_id, depth);
CREATE TABLE IF NOT EXISTS event_stacks (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, pid INTEGER, tid INTEGER, exception_type TEXT, pushed_at INTEGER REFERENCES stacks(id), thrown_at INTEGER REFERENCES stacks(id), PRIMARY KEY (source_table, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_facts (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, severity TEXT NOT NULL, fields_left_out INTEGER NOT NULL DEFAULT 0, tags_left_out INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source_table, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_fields (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, value, PRIMARY KEY (source_table, source_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_tags (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (source_table, source_id, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fingerprint_parts (fingerprint TEXT PRIMARY KEY, place TEXT, parts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next_attempt DATETIME, last_error TEXT, created DATETIME NOT NULL, sent DATETIME, source_table TEXT, source_id INTEGER, utc_offset INTEGER, program TEXT, release TEXT, host TEXT, pid INTEGER, tid INTEGER);
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (channel, state, next_attempt) WHERE state = 'pending' OR state = 'sending';
CREATE TABLE IF NOT EXISTS outbox_leases (outbox_id INTEGER PRIMARY KEY REFERENCES outbox(id), holder TEXT NOT NULL, expires DATETIME NOT NULL);
CREATE TABLE IF NOT EXISTS outbox_pauses (channel TEXT PRIMARY KEY, until DATETIME NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox_groups (channel TEXT NOT NULL, fingerprint TEXT NOT NULL, messages INTEGER NOT NULL DEFAULT 0, last_sent INTEGER, quiet_until INTEGER, ends INTEGER, carrier_id INTEGER REFERENCES outbox(id), PRIMARY KEY (channel, fingerprint)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_groups_by_carrier ON outbox_groups (carrier_id) WHERE carrier_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_groups_by_end ON outbox_groups (ends) WHERE ends IS NOT NULL;
CREATE TABLE IF NOT EXISTS outbox_digests (carrier_id INTEGER PRIMARY KEY REFERENCES outbox(id), subject TEXT NOT NULL, body TEXT NOT NULL, alerts INTEGER NOT NULL, is_settled INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS outbox_digests_open ON outbox_digests (carrier_id) WHERE is_settled = 0;
CREATE TABLE IF NOT EXISTS outbox_folds (outbox_id INTEGER PRIMARY KEY REFERENCES outbox(id), carrier_id INTEGER NOT NULL REFERENCES outbox(id));
CREATE INDEX IF NOT EXISTS outbox_folds_by_carrier ON outbox_folds (carrier_id);
CREATE TABLE IF NOT EXISTS dblog_queues (uuid TEXT PRIMARY KEY, committed INTEGER NOT NULL, finished DATETIME) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dblog_upkeep (task TEXT PRIMARY KEY, done DATETIME NOT NULL) WITHOUT ROWID;
)sql";

/// The query of the view crash_groups, for readers who do not trust the views of a file.
inline constexpr char kCrashGroups[] =
    R"sql(WITH g AS (SELECT fingerprint, min(date) AS first_seen, max(date) AS last_seen, count(*) AS count, max(id) AS newest FROM crashes WHERE fingerprint IS NOT NULL GROUP BY fingerprint), n AS (SELECT id, coalesce(exception_type, signal_name, kind) AS what, coalesce(substr(msg, 1, instr(msg || char(10), char(10)) - 1), '') AS line FROM crashes) SELECT g.fingerprint AS fingerprint, first_seen, last_seen, count, (SELECT group_concat(release, ', ') FROM (SELECT c.release AS release FROM crashes AS c WHERE c.fingerprint = g.fingerprint AND c.release IS NOT NULL GROUP BY c.release ORDER BY min(c.id))) AS releases, newest AS newest_crash, substr(what || coalesce(' in ' || p.place, '') || CASE WHEN line = '' THEN '' WHEN substr(line, 1, length(what) + 2) = what || ': ' THEN substr(line, length(what) + 1) ELSE ': ' || line END, 1, 300) AS title FROM g JOIN n ON n.id = g.newest LEFT JOIN fingerprint_parts AS p ON p.fingerprint = g.fingerprint)sql";

inline constexpr char kViewCrashGroups[] = "CREATE VIEW IF NOT EXISTS crash_groups AS ";
inline constexpr char kEnd[] = ";\n";

/// Makes what is missing. Every statement can be repeated.
inline constexpr const char* kCreateTables =
    kJoined<kTables, kViewCrashGroups, kCrashGroups, kEnd>.data();

/// What ordinary code looks up: made by it alone, because making an index of an older database's
/// many rows needs memory that the crash connection does not have. Can be repeated.
inline constexpr const char* kCreateIndexes = R"sql(
CREATE INDEX IF NOT EXISTS hw_logs_by_date ON hw_logs (date);
CREATE INDEX IF NOT EXISTS crashes_by_hw_log ON crashes (hw_log_id) WHERE hw_log_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS stacks_by_fingerprint ON stacks (fingerprint, id);
CREATE INDEX IF NOT EXISTS outbox_by_source ON outbox (source_table, source_id);
CREATE INDEX IF NOT EXISTS dblog_queues_by_end ON dblog_queues (finished) WHERE finished IS NOT NULL;
)sql";

/// For a file of no bytes, before anything else: pages that become free can be given back.
inline constexpr const char* kMakeShrinkable = "PRAGMA auto_vacuum = INCREMENTAL";

/// What the SQL above makes: tables, views and indexes, which share one space of names.
inline constexpr std::string_view kNames[] = {"breadcrumbs",
                                              "crash_groups",
                                              "crashes",
                                              "crashes_by_fingerprint",
                                              "crashes_by_hw_log",
                                              "dblog_queues",
                                              "dblog_queues_by_end",
                                              "dblog_upkeep",
                                              "event_facts",
                                              "event_fields",
                                              "event_stacks",
                                              "event_tags",
                                              "fingerprint_parts",
                                              "frames",
                                              "frames_by_crash",
                                              "hw_details",
                                              "hw_logs",
                                              "hw_logs_by_date",
                                              "outbox",
                                              "outbox_by_source",
                                              "outbox_digests",
                                              "outbox_digests_open",
                                              "outbox_folds",
                                              "outbox_folds_by_carrier",
                                              "outbox_groups",
                                              "outbox_groups_by_carrier",
                                              "outbox_groups_by_end",
                                              "outbox_leases",
                                              "outbox_open",
                                              "outbox_pauses",
                                              "registers",
                                              "stack_frames",
                                              "stack_frames_by_stack",
                                              "stacks",
                                              "stacks_by_fingerprint",
                                              "threads"};

/// From version 1, then kUpgradeFrom2: run before kCreateTables, in the same transaction.
inline constexpr const char* kUpgradeFrom1 = R"sql(
ALTER TABLE frames ADD COLUMN return_address INTEGER;
ALTER TABLE frames ADD COLUMN column_number INTEGER;
ALTER TABLE frames ADD COLUMN name_source TEXT;
)sql";

/// From version 2. Rows that are there say what they said: the new columns are NULL in them. The
/// tables as they were stand first, for a database in which one was dropped.
inline constexpr const char* kUpgradeFrom2 = R"sql(
CREATE TABLE IF NOT EXISTS crashes (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, date DATETIME NOT NULL, kind TEXT NOT NULL, signal INTEGER, signal_name TEXT, signal_code INTEGER, fault_address TEXT, exception_type TEXT, msg TEXT, pid INTEGER, tid INTEGER, thread_name TEXT, host TEXT, executable TEXT, release TEXT, fingerprint TEXT, stack_trace TEXT, hw_log_id INTEGER REFERENCES hw_logs(id));
ALTER TABLE crashes ADD COLUMN access TEXT;
ALTER TABLE crashes ADD COLUMN cause TEXT;
ALTER TABLE crashes ADD COLUMN phase TEXT;
ALTER TABLE crashes ADD COLUMN sender_pid INTEGER;
ALTER TABLE crashes ADD COLUMN sender_uid INTEGER;
ALTER TABLE crashes ADD COLUMN system_call INTEGER;
ALTER TABLE crashes ADD COLUMN killed_by INTEGER;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next_attempt DATETIME, last_error TEXT, created DATETIME NOT NULL, sent DATETIME, source_table TEXT, source_id INTEGER);
ALTER TABLE outbox ADD COLUMN utc_offset INTEGER;
ALTER TABLE outbox ADD COLUMN program TEXT;
ALTER TABLE outbox ADD COLUMN release TEXT;
ALTER TABLE outbox ADD COLUMN host TEXT;
ALTER TABLE outbox ADD COLUMN pid INTEGER;
ALTER TABLE outbox ADD COLUMN tid INTEGER;
)sql";

inline constexpr const char* kInsertCrash =
    "INSERT INTO crashes (uuid, date, kind, signal, signal_name, signal_code, fault_address, "
    "exception_type, msg, pid, tid, thread_name, host, executable, release, stack_trace, "
    "hw_log_id, access, cause, phase, sender_pid, sender_uid, system_call, killed_by) VALUES (?1, "
    "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
    "?22, ?23, ?24)";

inline constexpr const char* kFindCrash = "SELECT id FROM crashes WHERE uuid = ?1";

inline constexpr const char* kInsertFrame =
    "INSERT INTO frames (crash_id, thread, depth, address, module, build_id, offset, "
    "return_address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// OR IGNORE: a record that its process could not finish may have a thread or breadcrumb twice.
inline constexpr const char* kInsertThread =
    "INSERT OR IGNORE INTO threads (crash_id, tid, name, answered) VALUES (?1, ?2, ?3, ?4)";

inline constexpr const char* kInsertRegister =
    "INSERT INTO registers (crash_id, name, value) VALUES (?1, ?2, ?3)";

inline constexpr const char* kInsertBreadcrumb =
    "INSERT OR IGNORE INTO breadcrumbs (crash_id, number, date, tid, msg) VALUES (?1, ?2, ?3, ?4, "
    "?5)";

inline constexpr const char* kInsertHardware =
    "INSERT INTO hw_logs (task, pid, cpu_times, cpu_usage, memory, mem_use, read_count, "
    "write_count, date) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

inline constexpr const char* kInsertHardwareDetails =
    "INSERT INTO hw_details (hw_log_id, load_1, load_5, load_15, uptime_seconds, threads, "
    "open_files, open_files_limit, memory_total, memory_available, swap_total, swap_free, "
    "cgroup_memory_current, cgroup_memory_max, cgroup_pids_current, cgroup_pids_max, "
    "pressure_cpu, pressure_memory, pressure_io) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
    "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

inline constexpr const char* kInsertStack = "INSERT OR IGNORE INTO stacks (id) VALUES (?1)";

inline constexpr const char* kInsertStackFrame =
    "INSERT INTO stack_frames (stack_id, depth, address, module, build_id, offset, "
    "return_address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// OR REPLACE: a table that was dropped and made again counts its ids from 1.
inline constexpr const char* kInsertEventStack =
    "INSERT OR REPLACE INTO event_stacks (source_table, source_id, pid, tid, exception_type, "
    "pushed_at, thrown_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// OR REPLACE: as above.
inline constexpr const char* kInsertEventFacts =
    "INSERT OR REPLACE INTO event_facts (source_table, source_id, severity, fields_left_out, "
    "tags_left_out) VALUES (?1, ?2, ?3, ?4, ?5)";

inline constexpr const char* kInsertEventField =
    "INSERT OR REPLACE INTO event_fields (source_table, source_id, number, name, type, value) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

inline constexpr const char* kInsertEventTag =
    "INSERT OR REPLACE INTO event_tags (source_table, source_id, tag) VALUES (?1, ?2, ?3)";

/// The tables with what belongs to an event: rows of its table and id, `source_table` and
/// `source_id`.
inline constexpr const char* kEventParts[] = {"event_stacks", "event_facts", "event_fields",
                                              "event_tags"};

inline constexpr const char* kInsertOutbox =
    "INSERT INTO outbox (uuid, channel, subject, body, created, source_table, source_id, "
    "utc_offset, program, release, host, pid, tid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
    "?10, ?11, ?12, ?13)";

inline constexpr const char* kFindQueue = "SELECT committed FROM dblog_queues WHERE uuid = ?1";

inline constexpr const char* kNoteQueue =
    "INSERT INTO dblog_queues (uuid, committed) VALUES (?1, ?2) "
    "ON CONFLICT (uuid) DO UPDATE SET committed = excluded.committed";

inline constexpr const char* kFinishQueue = "UPDATE dblog_queues SET finished = ?2 WHERE uuid = ?1";

inline constexpr const char* kForgetQueues = "DELETE FROM dblog_queues WHERE finished < ?1";

}  // namespace dblog::schema
