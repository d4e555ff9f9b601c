// What the tables say, as views for people: times in ISO 8601, numbers as numbers, words where the
// tables have codes. dblog reads none of them. docs/schema.md explains every column.
//
// Each begins with kViewMark, which tells it from a view of the user's. A view makes way for a
// table of the user's that has its name, and is called dblog_view_NAME then.
#pragma once

#include <string_view>

namespace dblog::schema {

inline constexpr std::string_view kViewMark = "/* made by dblog */ ";
inline constexpr std::string_view kOtherNamePrefix = "dblog_view_";

struct View {
  std::string_view name;
  /// Its query. In it stand: {iso DATE OFFSET} for a local date with its offset, {utc DATE OFFSET}
  /// for the same in UTC, {micro TIME} for microseconds since 1970, {events} for the query of all
  /// events, {NAME} for another view, as it is called. Short texts: each connection parses them.
  std::string_view query;
};

/// How one table of events stands in {events}, with commas for its name as a text and as a name.
inline constexpr std::string_view kNoEvents =
    "SELECT NULL AS source_table, NULL AS source_id, NULL AS msg, NULL AS date WHERE 0";

inline constexpr std::string_view kProcessesQuery =
    R"sql(SELECT p.id AS id, p.uuid AS uuid, p.host AS host, p.machine_id AS machine_id, p.executable AS executable, p.command_line AS command_line, p.directory AS directory, p.uid AS uid, p.pid AS pid, p.kernel AS kernel, p.distribution AS distribution, p.release AS release, p.environment AS environment, {iso p.started strftime('%s',p.started)-p.started_utc/1000000} AS started, {micro p.started_utc} AS started_utc, coalesce(CASE WHEN c.id IS NULL OR c.kind IN ('killed', 'ended') THEN {iso p.ended strftime('%s',p.ended)-p.ended_utc/1000000} END, {iso c.date c.utc_offset}) AS ended, coalesce(CASE WHEN c.id IS NULL OR c.kind IN ('killed', 'ended') THEN {micro p.ended_utc} END, {utc c.date c.utc_offset}) AS ended_utc, CASE c.kind WHEN 'killed' THEN 'killed' WHEN 'ended' THEN 'unmarked' ELSE CASE WHEN c.id IS NULL THEN p.ended_by ELSE 'crash' END END AS ended_by, c.id AS crash_id, x.exit_status AS exit_status, x.signal_name AS exit_signal FROM dblog_processes AS p LEFT JOIN (SELECT process_id, max(id) AS id FROM crashes WHERE process_id IS NOT NULL GROUP BY process_id) AS l ON l.process_id = p.id LEFT JOIN crashes AS c ON c.id = l.id LEFT JOIN dblog_exits AS x ON x.process_id = p.id)sql";

inline constexpr std::string_view kErrorsQuery =
    R"sql(SELECT e.source_table AS source_table, e.source_id AS source_id, {iso e.date coalesce(s.utc_offset,r.utc_offset)} AS time, {utc e.date coalesce(s.utc_offset,r.utc_offset)} AS utc, coalesce(f.severity, 'error') AS severity, e.msg AS msg, s.exception_type AS exception_type, (SELECT g.place FROM stacks AS k JOIN fingerprint_parts AS g ON g.fingerprint = k.fingerprint WHERE k.id = coalesce(s.thrown_at, s.pushed_at)) AS place, p.id AS process_id, coalesce(s.pid, p.pid) AS pid, s.tid AS tid, p.executable AS executable, p.release AS release, p.environment AS environment, p.host AS host FROM ({events}) AS e LEFT JOIN event_stacks AS s ON s.source_table = e.source_table AND s.source_id = e.source_id LEFT JOIN event_facts AS f ON f.source_table = e.source_table AND f.source_id = e.source_id LEFT JOIN dblog_event_runs AS r ON s.process_id IS NULL AND r.source_table = e.source_table AND r.first_id = (SELECT max(x.first_id) FROM dblog_event_runs AS x WHERE x.source_table = e.source_table AND x.first_id <= e.source_id) AND (r.last_id IS NULL OR r.last_id >= e.source_id) LEFT JOIN dblog_processes AS p ON p.id = coalesce(s.process_id, r.process_id))sql";

inline constexpr std::string_view kTimelineQuery =
    R"sql(SELECT p.id AS process_id, p.started AS time, p.started_utc AS utc, 'start' AS kind, p.executable AS what, 'dblog_processes' AS source_table, p.id AS source_id FROM {processes} AS p UNION ALL SELECT p.id, p.ended, p.ended_utc, 'end', p.ended_by, 'dblog_processes', p.id FROM {processes} AS p WHERE p.ended_by IS NOT NULL AND p.crash_id IS NULL UNION ALL SELECT e.process_id, e.time, e.utc, e.severity, e.msg, e.source_table, e.source_id FROM {errors} AS e UNION ALL SELECT c.process_id, coalesce({iso p.ended strftime('%s',p.ended)-p.ended_utc/1000000}, {iso c.date c.utc_offset}), coalesce({micro p.ended_utc}, {utc c.date c.utc_offset}), 'crash', coalesce(c.exception_type || ': ', '') || coalesce(c.msg, c.kind), 'crashes', c.id FROM crashes AS c LEFT JOIN dblog_processes AS p ON p.id = c.process_id AND c.kind IN ('killed', 'ended') UNION ALL SELECT c.process_id, {iso b.date b.utc_offset}, {utc b.date b.utc_offset}, 'breadcrumb', b.msg, 'crashes', c.id FROM breadcrumbs AS b JOIN crashes AS c ON c.id = b.crash_id)sql";

inline constexpr std::string_view kHardwareQuery =
    R"sql(SELECT h.id AS hw_log_id, {iso h.date d.utc_offset} AS time, {utc h.date d.utc_offset} AS utc, h.task AS task, h.pid AS pid, CASE WHEN h.cpu_times GLOB '[0-9]*' THEN CAST(h.cpu_times AS REAL) END AS cpu_seconds, CASE WHEN h.cpu_usage GLOB '[0-9]*' THEN CAST(h.cpu_usage AS REAL) END AS cpu_percent, CASE WHEN h.memory GLOB '[0-9]*' THEN CAST(h.memory AS INTEGER) END AS memory_bytes, CASE WHEN h.mem_use GLOB '[0-9]*' THEN CAST(h.mem_use AS REAL) END AS memory_percent, CAST(h.read_count AS INTEGER) AS read_count, CAST(h.write_count AS INTEGER) AS write_count, d.load_1 AS load_1, d.load_5 AS load_5, d.load_15 AS load_15, d.uptime_seconds AS uptime_seconds, d.threads AS threads, d.open_files AS open_files, d.open_files_limit AS open_files_limit, d.memory_total AS memory_total, d.memory_available AS memory_available, d.swap_total AS swap_total, d.swap_free AS swap_free, d.cgroup_memory_current AS cgroup_memory_current, d.cgroup_memory_max AS cgroup_memory_max, d.cgroup_pids_current AS cgroup_pids_current, d.cgroup_pids_max AS cgroup_pids_max, d.pressure_cpu AS pressure_cpu, d.pressure_memory AS pressure_memory, d.pressure_io AS pressure_io FROM hw_logs AS h LEFT JOIN hw_details AS d ON d.hw_log_id = h.id)sql";

inline constexpr std::string_view kMessagesQuery =
    R"sql(SELECT o.id AS id, o.channel AS channel, o.state AS state, {iso o.created o.utc_offset} AS time, {utc o.created o.utc_offset} AS utc, o.source_table AS source_table, o.source_id AS source_id, o.subject AS subject, o.body AS body, coalesce(f.carrier_id, o.id) AS sent_in, d.subject AS sent_subject, d.body AS sent_body, d.alerts AS alerts, o.attempts AS attempts, o.last_error AS last_error, {iso o.sent strftime('%s',o.sent)-o.sent_utc/1000000} AS sent, {micro o.sent_utc} AS sent_utc FROM outbox AS o LEFT JOIN outbox_folds AS f ON f.outbox_id = o.id LEFT JOIN outbox_digests AS d ON d.carrier_id = coalesce(f.carrier_id, o.id))sql";

inline constexpr std::string_view kReleasesQuery =
    R"sql(SELECT p.executable AS executable, p.release AS release, p.environment AS environment, min(p.started_utc) AS first_seen, max(max(p.started_utc, coalesce(p.ended_utc, p.started_utc))) AS last_seen, count(*) AS processes, sum(coalesce(p.ended_by = 'crash', 0)) AS crashed, sum(coalesce(p.ended_by = 'killed', 0)) AS killed, sum(p.ended_by IS NULL) AS running_or_not_known, round(1.0 - 1.0 * sum(coalesce(p.ended_by = 'crash', 0)) / count(*), 4) AS crash_free_rate FROM {processes} AS p GROUP BY p.executable, p.release, p.environment)sql";

/// In the order of their names.
inline constexpr View kViews[] = {{"errors", kErrorsQuery},     {"hardware", kHardwareQuery},
                                  {"messages", kMessagesQuery}, {"processes", kProcessesQuery},
                                  {"releases", kReleasesQuery}, {"timeline", kTimelineQuery}};

}  // namespace dblog::schema
