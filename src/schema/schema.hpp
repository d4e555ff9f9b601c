// The database's layout, as SQL. The one text that both the ordinary store and the crash
// connection execute, so that they cannot disagree. Constants only: usable at crash time.
// docs/schema.md explains every column.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace dblog::schema {

/// `PRAGMA user_version` of the layout below. 0 is an empty file or one of the older project's.
inline constexpr int kVersion = 6;

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
CREATE TABLE IF NOT EXISTS hw_details (hw_log_id INTEGER PRIMARY KEY REFERENCES hw_logs(id), load_1 REAL, load_5 REAL, load_15 REAL, uptime_seconds REAL, threads INTEGER, open_files INTEGER, open_files_limit INTEGER, memory_total INTEGER, memory_available INTEGER, swap_total INTEGER, swap_free INTEGER, cgroup_memory_current INTEGER, cgroup_memory_max INTEGER, cgroup_pids_current INTEGER, cgroup_pids_max INTEGER, pressure_cpu REAL, pressure_memory REAL, pressure_io REAL, utc_offset INTEGER);
CREATE TABLE IF NOT EXISTS crashes (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, date DATETIME NOT NULL, kind TEXT NOT NULL, signal INTEGER, signal_name TEXT, signal_code INTEGER, fault_address TEXT, exception_type TEXT, msg TEXT, pid INTEGER, tid INTEGER, thread_name TEXT, host TEXT, executable TEXT, release TEXT, fingerprint TEXT, stack_trace TEXT, hw_log_id INTEGER REFERENCES hw_logs(id), access TEXT, cause TEXT, phase TEXT, sender_pid INTEGER, sender_uid INTEGER, system_call INTEGER, killed_by INTEGER, utc_offset INTEGER, process_id INTEGER);
CREATE TABLE IF NOT EXISTS frames (crash_id INTEGER NOT NULL REFERENCES crashes(id), thread INTEGER NOT NULL, depth INTEGER NOT NULL, address TEXT, module TEXT, build_id TEXT, offset TEXT, function TEXT, file TEXT, line INTEGER, inlined INTEGER NOT NULL DEFAULT 0, return_address INTEGER, column_number INTEGER, name_source TEXT);
CREATE INDEX IF NOT EXISTS frames_by_crash ON frames (crash_id, thread, depth);
CREATE INDEX IF NOT EXISTS crashes_by_fingerprint ON crashes (fingerprint, id, date);
CREATE TABLE IF NOT EXISTS threads (crash_id INTEGER NOT NULL REFERENCES crashes(id), tid INTEGER NOT NULL, name TEXT, answered INTEGER NOT NULL, PRIMARY KEY (crash_id, tid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS registers (crash_id INTEGER NOT NULL REFERENCES crashes(id), name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (crash_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS breadcrumbs (crash_id INTEGER NOT NULL REFERENCES crashes(id), number INTEGER NOT NULL, date DATETIME NOT NULL, tid INTEGER NOT NULL, msg TEXT NOT NULL, utc_offset INTEGER, PRIMARY KEY (crash_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crash_fields (crash_id INTEGER NOT NULL REFERENCES crashes(id), number INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, value, PRIMARY KEY (crash_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crash_notes (crash_id INTEGER PRIMARY KEY REFERENCES crashes(id), state TEXT NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS crash_noexcept (crash_id INTEGER PRIMARY KEY REFERENCES crashes(id), depth INTEGER NOT NULL, unwinding INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stacks (id INTEGER PRIMARY KEY, fingerprint TEXT);
CREATE TABLE IF NOT EXISTS stack_frames (stack_id INTEGER NOT NULL REFERENCES stacks(id), depth INTEGER NOT NULL, address TEXT, module TEXT, build_id TEXT, offset TEXT, function TEXT, file TEXT, line INTEGER, inlined INTEGER NOT NULL DEFAULT 0, return_address INTEGER, column_number INTEGER, name_source TEXT);
CREATE INDEX IF NOT EXISTS stack_frames_by_stack ON stack_frames (stack_id, depth);
CREATE TABLE IF NOT EXISTS event_stacks (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, pid INTEGER, tid INTEGER, exception_type TEXT, pushed_at INTEGER REFERENCES stacks(id), thrown_at INTEGER REFERENCES stacks(id), process_id INTEGER, utc_offset INTEGER, PRIMARY KEY (source_table, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_facts (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, severity TEXT NOT NULL, fields_left_out INTEGER NOT NULL DEFAULT 0, tags_left_out INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source_table, source_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_fields (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, value, PRIMARY KEY (source_table, source_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_tags (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (source_table, source_id, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fingerprint_parts (fingerprint TEXT PRIMARY KEY, place TEXT, parts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fingerprint_aliases (fingerprint TEXT PRIMARY KEY, named TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crash_group_states (fingerprint TEXT PRIMARY KEY, state TEXT NOT NULL, changed DATETIME, first_crash INTEGER, first_seen DATETIME, resolved DATETIME, resolved_in TEXT, resolved_after INTEGER, regressed_by INTEGER, regressed_in TEXT, muted_until DATETIME, note TEXT, changed_utc INTEGER, first_seen_utc INTEGER, resolved_utc INTEGER, muted_until_utc INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crash_group_releases (fingerprint TEXT NOT NULL, release TEXT NOT NULL, PRIMARY KEY (fingerprint, release)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next_attempt DATETIME, last_error TEXT, created DATETIME NOT NULL, sent DATETIME, source_table TEXT, source_id INTEGER, utc_offset INTEGER, program TEXT, release TEXT, host TEXT, pid INTEGER, tid INTEGER, sent_utc INTEGER, next_attempt_utc INTEGER, suppressed_by TEXT);
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (channel, state, next_attempt) WHERE state = 'pending' OR state = 'sending';
CREATE TABLE IF NOT EXISTS outbox_leases (outbox_id INTEGER PRIMARY KEY REFERENCES outbox(id), holder TEXT NOT NULL, expires DATETIME NOT NULL);
CREATE TABLE IF NOT EXISTS outbox_pauses (channel TEXT PRIMARY KEY, until DATETIME NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox_groups (channel TEXT NOT NULL, fingerprint TEXT NOT NULL, messages INTEGER NOT NULL DEFAULT 0, last_sent INTEGER, quiet_until INTEGER, ends INTEGER, carrier_id INTEGER REFERENCES outbox(id), PRIMARY KEY (channel, fingerprint)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_groups_by_carrier ON outbox_groups (carrier_id) WHERE carrier_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_groups_by_end ON outbox_groups (ends) WHERE ends IS NOT NULL;
CREATE TABLE IF NOT EXISTS outbox_digests (carrier_id INTEGER PRIMARY KEY REFERENCES outbox(id), subject TEXT NOT NULL, body TEXT NOT NULL, alerts INTEGER NOT NULL, is_settled INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS outbox_digests_open ON outbox_digests (carrier_id) WHERE is_settled = 0;
CREATE TABLE IF NOT EXISTS outbox_parts (carrier_id INTEGER NOT NULL REFERENCES outbox(id), number INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (carrier_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox_folds (outbox_id INTEGER PRIMARY KEY REFERENCES outbox(id), carrier_id INTEGER NOT NULL REFERENCES outbox(id));
CREATE INDEX IF NOT EXISTS outbox_folds_by_carrier ON outbox_folds (carrier_id);
CREATE TABLE IF NOT EXISTS dblog_processes (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, host TEXT, machine_id TEXT, executable TEXT, command_line TEXT, directory TEXT, uid INTEGER, pid INTEGER, kernel TEXT, distribution TEXT, release TEXT, environment TEXT, started DATETIME, started_utc INTEGER, ended DATETIME, ended_utc INTEGER, ended_by TEXT);
CREATE TABLE IF NOT EXISTS dblog_exits (process_id INTEGER PRIMARY KEY REFERENCES dblog_processes(id), exit_status INTEGER, signal INTEGER, signal_name TEXT, core_dumped INTEGER);
CREATE TABLE IF NOT EXISTS dblog_event_runs (source_table TEXT NOT NULL, first_id INTEGER NOT NULL, last_id INTEGER, process_id INTEGER NOT NULL, utc_offset INTEGER NOT NULL, PRIMARY KEY (source_table, first_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dblog_queues (uuid TEXT PRIMARY KEY, committed INTEGER NOT NULL, finished DATETIME, finished_utc INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dblog_upkeep (task TEXT PRIMARY KEY, done DATETIME NOT NULL, done_utc INTEGER) WITHOUT ROWID;
)sql";

/// The query of the view crash_groups, for readers who do not trust the views of a file. Times are
/// in ISO 8601, with their offset where it is known.
inline constexpr char kCrashGroups[] =
    R"sql(WITH g AS (SELECT fingerprint, min(date) AS first_date, max(date) AS last_date, count(*) AS count, max(id) AS newest FROM crashes WHERE fingerprint IS NOT NULL GROUP BY fingerprint), d AS (SELECT g.*, (SELECT c.utc_offset FROM crashes AS c WHERE c.fingerprint = g.fingerprint AND c.date = first_date ORDER BY c.id LIMIT 1) AS first_offset, (SELECT c.utc_offset FROM crashes AS c WHERE c.fingerprint = g.fingerprint AND c.date = last_date ORDER BY c.id DESC LIMIT 1) AS last_offset FROM g), n AS (SELECT id, coalesce(exception_type, signal_name, kind) AS what, coalesce(substr(msg, 1, instr(msg || char(10), char(10)) - 1), '') AS line FROM crashes) SELECT d.fingerprint AS fingerprint, replace(substr(first_date,1,26),' ','T')||ifnull(substr('-+',1+(first_offset>=0),1)||strftime('%H:%M',abs(first_offset),'unixepoch'),'') AS first_seen, strftime('%Y-%m-%dT%H:%M:%S',substr(first_date,1,19),-first_offset||' seconds')||substr(first_date,20,7)||'Z' AS first_seen_utc, replace(substr(last_date,1,26),' ','T')||ifnull(substr('-+',1+(last_offset>=0),1)||strftime('%H:%M',abs(last_offset),'unixepoch'),'') AS last_seen, strftime('%Y-%m-%dT%H:%M:%S',substr(last_date,1,19),-last_offset||' seconds')||substr(last_date,20,7)||'Z' AS last_seen_utc, count, (SELECT group_concat(release, ', ') FROM (SELECT c.release AS release FROM crashes AS c WHERE c.fingerprint = d.fingerprint AND c.release IS NOT NULL GROUP BY c.release ORDER BY min(c.id))) AS releases, newest AS newest_crash, substr(what || coalesce(' in ' || p.place, '') || CASE WHEN line = '' THEN '' WHEN substr(line, 1, length(what) + 2) = what || ': ' THEN substr(line, length(what) + 1) ELSE ': ' || line END, 1, 300) AS title FROM d JOIN n ON n.id = d.newest LEFT JOIN fingerprint_parts AS p ON p.fingerprint = d.fingerprint)sql";

/// How that view begins, whatever its version.
inline constexpr std::string_view kCrashGroupsHead = "CREATE VIEW crash_groups AS WITH g AS (";

inline constexpr char kViewCrashGroups[] = "CREATE VIEW IF NOT EXISTS crash_groups AS ";
inline constexpr char kEnd[] = ";\n";

/// Makes what is missing. Every statement can be repeated.
inline constexpr const char* kCreateTables =
    kJoined<kTables, kViewCrashGroups, kCrashGroups, kEnd>.data();

/// Whether messages wait, in the words of the index outbox_open, or it would not be used.
inline constexpr const char* kHasOpenMessages =
    "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'pending' OR state = 'sending')";

/// What ordinary code looks up: made by it alone, because making an index of an older database's
/// many rows needs memory that the crash connection does not have. Each index of `crashes` or
/// `hw_logs` is a page more that a dying process writes. Can be repeated.
inline constexpr const char* kCreateIndexes = R"sql(
CREATE INDEX IF NOT EXISTS hw_logs_by_date ON hw_logs (date);
CREATE INDEX IF NOT EXISTS stacks_by_fingerprint ON stacks (fingerprint, id);
CREATE INDEX IF NOT EXISTS fingerprint_aliases_by_name ON fingerprint_aliases (named);
CREATE INDEX IF NOT EXISTS outbox_by_source ON outbox (source_table, source_id);
CREATE INDEX IF NOT EXISTS dblog_queues_by_end ON dblog_queues (finished) WHERE finished IS NOT NULL;
)sql";

/// For a file of no bytes, before anything else: pages that become free can be given back.
inline constexpr const char* kMakeShrinkable = "PRAGMA auto_vacuum = INCREMENTAL";

/// What the SQL above makes: tables, views and indexes, which share one space of names.
inline constexpr std::string_view kNames[] = {"breadcrumbs",
                                              "crash_fields",
                                              "crash_group_releases",
                                              "crash_group_states",
                                              "crash_groups",
                                              "crash_noexcept",
                                              "crash_notes",
                                              "crashes",
                                              "crashes_by_fingerprint",
                                              "dblog_event_runs",
                                              "dblog_exits",
                                              "dblog_processes",
                                              "dblog_queues",
                                              "dblog_queues_by_end",
                                              "dblog_upkeep",
                                              "event_facts",
                                              "event_fields",
                                              "event_stacks",
                                              "event_tags",
                                              "fingerprint_aliases",
                                              "fingerprint_aliases_by_name",
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
                                              "outbox_parts",
                                              "outbox_pauses",
                                              "registers",
                                              "stack_frames",
                                              "stack_frames_by_stack",
                                              "stacks",
                                              "stacks_by_fingerprint",
                                              "threads"};

/// From version 1; run before kCreateTables, in the same transaction.
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

/// From versions 3 and 4: which process wrote a row, and how far its date is from UTC. Rows that
/// are there do not say. The tables as they were stand first, for a database in which one was
/// dropped.
inline constexpr const char* kUpgradeFrom4 = R"sql(
CREATE TABLE IF NOT EXISTS hw_details (hw_log_id INTEGER PRIMARY KEY REFERENCES hw_logs(id), load_1 REAL, load_5 REAL, load_15 REAL, uptime_seconds REAL, threads INTEGER, open_files INTEGER, open_files_limit INTEGER, memory_total INTEGER, memory_available INTEGER, swap_total INTEGER, swap_free INTEGER, cgroup_memory_current INTEGER, cgroup_memory_max INTEGER, cgroup_pids_current INTEGER, cgroup_pids_max INTEGER, pressure_cpu REAL, pressure_memory REAL, pressure_io REAL);
ALTER TABLE hw_details ADD COLUMN utc_offset INTEGER;
CREATE TABLE IF NOT EXISTS crashes (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, date DATETIME NOT NULL, kind TEXT NOT NULL, signal INTEGER, signal_name TEXT, signal_code INTEGER, fault_address TEXT, exception_type TEXT, msg TEXT, pid INTEGER, tid INTEGER, thread_name TEXT, host TEXT, executable TEXT, release TEXT, fingerprint TEXT, stack_trace TEXT, hw_log_id INTEGER REFERENCES hw_logs(id), access TEXT, cause TEXT, phase TEXT, sender_pid INTEGER, sender_uid INTEGER, system_call INTEGER, killed_by INTEGER);
ALTER TABLE crashes ADD COLUMN utc_offset INTEGER;
ALTER TABLE crashes ADD COLUMN process_id INTEGER;
CREATE TABLE IF NOT EXISTS breadcrumbs (crash_id INTEGER NOT NULL REFERENCES crashes(id), number INTEGER NOT NULL, date DATETIME NOT NULL, tid INTEGER NOT NULL, msg TEXT NOT NULL, PRIMARY KEY (crash_id, number)) WITHOUT ROWID;
ALTER TABLE breadcrumbs ADD COLUMN utc_offset INTEGER;
CREATE TABLE IF NOT EXISTS event_stacks (source_table TEXT NOT NULL, source_id INTEGER NOT NULL, pid INTEGER, tid INTEGER, exception_type TEXT, pushed_at INTEGER REFERENCES stacks(id), thrown_at INTEGER REFERENCES stacks(id), PRIMARY KEY (source_table, source_id)) WITHOUT ROWID;
ALTER TABLE event_stacks ADD COLUMN process_id INTEGER;
ALTER TABLE event_stacks ADD COLUMN utc_offset INTEGER;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next_attempt DATETIME, last_error TEXT, created DATETIME NOT NULL, sent DATETIME, source_table TEXT, source_id INTEGER, utc_offset INTEGER, program TEXT, release TEXT, host TEXT, pid INTEGER, tid INTEGER);
ALTER TABLE outbox ADD COLUMN sent_utc INTEGER;
CREATE TABLE IF NOT EXISTS dblog_queues (uuid TEXT PRIMARY KEY, committed INTEGER NOT NULL, finished DATETIME) WITHOUT ROWID;
ALTER TABLE dblog_queues ADD COLUMN finished_utc INTEGER;
CREATE TABLE IF NOT EXISTS dblog_upkeep (task TEXT PRIMARY KEY, done DATETIME NOT NULL) WITHOUT ROWID;
ALTER TABLE dblog_upkeep ADD COLUMN done_utc INTEGER;
)sql";

/// From version 5: times in UTC beside local ones, and why an alert is not sent. Rows that are
/// there do not say.
inline constexpr const char* kUpgradeFrom5 = R"sql(
CREATE TABLE IF NOT EXISTS crash_group_states (fingerprint TEXT PRIMARY KEY, state TEXT NOT NULL, changed DATETIME, first_crash INTEGER, first_seen DATETIME, resolved DATETIME, resolved_in TEXT, resolved_after INTEGER, regressed_by INTEGER, regressed_in TEXT, muted_until DATETIME, note TEXT) WITHOUT ROWID;
ALTER TABLE crash_group_states ADD COLUMN changed_utc INTEGER;
ALTER TABLE crash_group_states ADD COLUMN first_seen_utc INTEGER;
ALTER TABLE crash_group_states ADD COLUMN resolved_utc INTEGER;
ALTER TABLE crash_group_states ADD COLUMN muted_until_utc INTEGER;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next_attempt DATETIME, last_error TEXT, created DATETIME NOT NULL, sent DATETIME, source_table TEXT, source_id INTEGER, utc_offset INTEGER, program TEXT, release TEXT, host TEXT, pid INTEGER, tid INTEGER, sent_utc INTEGER);
ALTER TABLE outbox ADD COLUMN next_attempt_utc INTEGER;
ALTER TABLE outbox ADD COLUMN suppressed_by TEXT;
)sql";

inline constexpr const char* kInsertCrash =
    "INSERT INTO crashes (uuid, date, kind, signal, signal_name, signal_code, fault_address, "
    "exception_type, msg, pid, tid, thread_name, host, executable, release, stack_trace, "
    "hw_log_id, access, cause, phase, sender_pid, sender_uid, system_call, killed_by, utc_offset, "
    "process_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
    "?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)";

/// What a database of version `from`, or of one before it, needs; in this order.
struct Upgrade {
  int from;
  const char* sql;
};
inline constexpr Upgrade kUpgrades[] = {
    {1, kUpgradeFrom1}, {2, kUpgradeFrom2}, {4, kUpgradeFrom4}, {5, kUpgradeFrom5}};

/// Once a process; what it learns about itself later (the release, when handlers are installed
/// after the first event) takes the place of what was not known. A row that has it all is not
/// written: each crash would have one page more.
inline constexpr const char* kInsertProcess =
    "INSERT INTO dblog_processes (id, uuid, host, machine_id, executable, command_line, directory, "
    "uid, pid, kernel, distribution, release, environment, started, started_utc) VALUES (?1, ?2, "
    "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (id) DO UPDATE SET "
    "release = coalesce(excluded.release, release), environment = coalesce(excluded.environment, "
    "environment), host = coalesce(excluded.host, host), machine_id = coalesce(machine_id, "
    "excluded.machine_id), command_line = coalesce(command_line, excluded.command_line), "
    "directory = coalesce(directory, excluded.directory), uid = coalesce(uid, excluded.uid), "
    "kernel = coalesce(kernel, excluded.kernel), distribution = coalesce(distribution, "
    "excluded.distribution), started = coalesce(started, excluded.started), started_utc = "
    "coalesce(started_utc, excluded.started_utc) WHERE coalesce(excluded.release, release) IS NOT "
    "release OR coalesce(excluded.environment, environment) IS NOT environment OR (started_utc IS "
    "NULL AND excluded.started_utc IS NOT NULL)";

inline constexpr const char* kEndProcess =
    "UPDATE dblog_processes SET ended = ?2, ended_utc = ?3, ended_by = ?4 WHERE id = ?1 AND "
    "ended_utc IS NULL";

/// Of a process whose end is known to the one that waited for it. A mark of its own stays.
inline constexpr const char* kEndWaitedProcess =
    "UPDATE dblog_processes SET ended = ?2, ended_utc = ?3, ended_by = ?4 WHERE id = ?1 AND "
    "ended_by IS NULL";

/// A crash that another process recorded in the meantime, without knowing this. It belongs to
/// another group now.
inline constexpr const char* kKnowKillingSignal =
    "UPDATE crashes SET kind = 'killed', cause = 'signal', killed_by = ?2, msg = ?3, fingerprint = "
    "NULL WHERE id = ?1 AND cause IN ('unknown', 'unmarked')";

inline constexpr const char* kInsertExit =
    "INSERT OR REPLACE INTO dblog_exits (process_id, exit_status, signal, signal_name, "
    "core_dumped) VALUES (?1, ?2, ?3, ?4, ?5)";

/// OR REPLACE: a table that was dropped and made again counts its ids from 1.
inline constexpr const char* kInsertEventRun =
    "INSERT OR REPLACE INTO dblog_event_runs (source_table, first_id, last_id, process_id, "
    "utc_offset) VALUES (?1, ?2, ?3, ?4, ?5)";

inline constexpr const char* kEndEventRun =
    "UPDATE dblog_event_runs SET last_id = ?3 WHERE source_table = ?1 AND first_id = ?2 AND "
    "process_id = ?4";

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
    "INSERT OR IGNORE INTO breadcrumbs (crash_id, number, date, tid, msg, utc_offset) VALUES (?1, "
    "?2, ?3, ?4, ?5, ?6)";

/// OR IGNORE: names that become equal when they are made readable count as one, the first.
inline constexpr const char* kInsertCrashField =
    "INSERT OR IGNORE INTO crash_fields (crash_id, number, name, type, value) VALUES (?1, ?2, ?3, "
    "?4, ?5)";

inline constexpr const char* kInsertCrashNote =
    "INSERT INTO crash_notes (crash_id, state, note) VALUES (?1, ?2, ?3)";

inline constexpr const char* kInsertCrashNoexcept =
    "INSERT INTO crash_noexcept (crash_id, depth, unwinding) VALUES (?1, ?2, ?3)";

/// The tables with what belongs to a crash: rows with its `crash_id`.
inline constexpr const char* kCrashParts[] = {"frames",        "threads",      "registers",
                                              "breadcrumbs",   "crash_fields", "crash_notes",
                                              "crash_noexcept"};

inline constexpr const char* kInsertHardware =
    "INSERT INTO hw_logs (task, pid, cpu_times, cpu_usage, memory, mem_use, read_count, "
    "write_count, date) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

inline constexpr const char* kInsertHardwareDetails =
    "INSERT INTO hw_details (hw_log_id, load_1, load_5, load_15, uptime_seconds, threads, "
    "open_files, open_files_limit, memory_total, memory_available, swap_total, swap_free, "
    "cgroup_memory_current, cgroup_memory_max, cgroup_pids_current, cgroup_pids_max, "
    "pressure_cpu, pressure_memory, pressure_io, utc_offset) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
    "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

inline constexpr const char* kInsertStack = "INSERT OR IGNORE INTO stacks (id) VALUES (?1)";

inline constexpr const char* kInsertStackFrame =
    "INSERT INTO stack_frames (stack_id, depth, address, module, build_id, offset, "
    "return_address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// OR REPLACE: a table that was dropped and made again counts its ids from 1.
inline constexpr const char* kInsertEventStack =
    "INSERT OR REPLACE INTO event_stacks (source_table, source_id, pid, tid, exception_type, "
    "pushed_at, thrown_at, process_id, utc_offset) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

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

inline constexpr const char* kFinishQueue =
    "UPDATE dblog_queues SET finished = ?2, finished_utc = strftime('%s', 'now') * 1000000 WHERE "
    "uuid = ?1";

inline constexpr const char* kForgetQueues = "DELETE FROM dblog_queues WHERE finished < ?1";

}  // namespace dblog::schema
