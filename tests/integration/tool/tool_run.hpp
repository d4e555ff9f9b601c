// A directory of the test's own, and the real tool run in it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/run_child.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

namespace dblog::test {

struct ToolRun {
  TemporaryDirectory directory;
  ChildOptions options;

  ToolRun() {
    options.directory = directory.path();
    options.environment = {"DBLOG_DB"};
  }

  [[nodiscard]] std::filesystem::path database() const { return directory / "LOGS.db"; }

  ChildResult operator()(std::vector<std::string> arguments) const {
    ChildOptions run = options;
    run.arguments = std::move(arguments);
    run.arguments.insert(run.arguments.begin(), DBLOG_TOOL);
    return run_child(run);
  }
};

/// Crash 1 with all that can be known of one.
inline void add_full_crash(SQLite::Database& database) {
  database.exec(R"sql(
INSERT INTO hw_logs VALUES (5, 'app', 4711, '0.14', '12.5', '25010176', '0.3037963599165928', 536, 29,
  '2026-01-31 12:00:00.000001');
INSERT INTO hw_details (hw_log_id, load_1, load_5, load_15, uptime_seconds, threads, open_files,
  open_files_limit, memory_total, memory_available) VALUES
  (5, 0.5, 0.25, 0.125, 93784.5, 3, 12, 1024, 8589934592, 4294967296);
INSERT INTO crashes VALUES (1, 'c0ffee', '2026-01-31 12:00:00.000001', 'signal', 11, 'SIGSEGV', 1,
  '0x0', NULL, 'SIGSEGV: write to address 0x0, where nothing is mapped (SEGV_MAPERR)', 4711, 4712,
  'worker', 'web1', '/usr/bin/app', '1.2.3', '1:feed',
  '#0 0x55d0c0de1234 /usr/bin/app+0x1234', 5, 'write', NULL, NULL, NULL, NULL, NULL, NULL, 3600, NULL);
INSERT INTO frames (crash_id, thread, depth, address, module, build_id, offset, function, file, line, inlined) VALUES
  (1, 4711, 0, '0x7f01', '/lib/libc.so.6', 'bb', '0x99', 'poll', NULL, NULL, 0),
  (1, 4713, 0, '0x7f01', '/lib/libc.so.6', 'bb', '0x99', 'poll', NULL, NULL, 0),
  (1, 4712, 0, '0x55d0c0de1234', '/usr/bin/app', 'aa', '0x1234', 'at(int)', 'src/at.hpp', 7, 1),
  (1, 4712, 1, '0x55d0c0de1234', '/usr/bin/app', 'aa', '0x1234', 'divide(int, int)', 'src/m.cpp', 12, 0),
  (1, 4712, 2, '0x55d0c0de2222', '/usr/bin/app', 'aa', '0x2222', NULL, NULL, NULL, 0),
  (1, 4712, 3, '0x41414141', NULL, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO threads VALUES (1, 4711, 'main', 1), (1, 4712, 'worker', 1), (1, 4713, 'io', 1),
  (1, 4714, 'stuck', 0);
INSERT INTO registers VALUES (1, 'r8', '0x2'), (1, 'rax', '0x0'), (1, 'rip', '0x55d0c0de1234'),
  (1, 'rsp', '0x7ffe12345678');
INSERT INTO breadcrumbs (crash_id, number, date, tid, msg) VALUES (1, 1, '2026-01-31 11:59:58.797001', 4712, 'loading'),
  (1, 2, '2026-01-31 11:59:59.999001', 4711, 'request 12');
INSERT INTO crash_fields VALUES (1, 1, 'request', 'integer', 12), (1, 2, 'retry', 'boolean', 1);
INSERT INTO fingerprint_parts VALUES ('1:feed', 'divide', 'signal SIGSEGV' || char(10) || 'in divide');
INSERT INTO outbox (uuid, channel, subject, body, state, attempts, next_attempt, last_error, created,
  sent, source_table, source_id) VALUES
  ('o1', 'slack', 's', 'b', 'pending', 2, '2026-01-31 12:05:00.000000', 'timeout',
   '2026-01-31 12:00:00.000001', NULL, 'crashes', 1),
  ('o2', 'email', 's', 'b', 'sent', 1, NULL, NULL, '2026-01-31 12:00:00.000001',
   '2026-01-31 12:00:02.000000', 'crashes', 1),
  ('o3', 'email', 's', 'b', 'pending', 0, NULL, NULL, '2026-01-31 12:00:00.000001', NULL,
   'error_table', 1))sql");
}

}  // namespace dblog::test
