#include "tests/fuzz/hostile_sql.hpp"

#include <cstdint>
#include <string_view>

namespace dblog::test {
namespace {

// %t a table, %c one of its columns, %o another table, %v a value, %n a number, %a an action of a
// trigger, %x a name of the input's.
constexpr const char* kStatements[] = {
    "UPDATE %t SET %c = %v",
    "UPDATE %t SET %c = %v, %c = %v WHERE rowid = %n",
    "UPDATE %t SET %c = %v, %c = %v, %c = %v",
    "INSERT INTO %t (%c, %c, %c) VALUES (%v, %v, %v)",
    "INSERT OR IGNORE INTO %t SELECT * FROM %t",
    "INSERT OR REPLACE INTO %t SELECT * FROM %o",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300) INSERT INTO %t "
    "(%c, "
    "%c) SELECT %v, i FROM n",
    "INSERT INTO crashes (uuid, date, kind, signal_name, msg) VALUES (hex(randomblob(8)), %v, %v, "
    "%v, %v)",
    "INSERT INTO outbox (uuid, channel, subject, body, created, source_table, source_id) VALUES "
    "(%v, %v, %v, %v, %v, '%t', %v)",
    "INSERT INTO frames (crash_id, thread, depth, function, file, line, module, offset) VALUES "
    "(%n, "
    "%v, %v, %v, %v, %v, %v, %v)",
    "DELETE FROM %t",
    "DELETE FROM %t WHERE rowid = %n",
    "DROP TABLE %t",
    "DROP VIEW crash_groups; CREATE VIEW crash_groups AS SELECT * FROM %t",
    "ALTER TABLE %t RENAME TO was; CREATE VIEW %t AS SELECT * FROM was",
    "ALTER TABLE %t RENAME TO was; CREATE VIEW %t AS SELECT %v AS %c, * FROM was, %o",
    "ALTER TABLE %t RENAME TO was; CREATE VIEW %t AS SELECT * FROM was; CREATE TRIGGER i INSTEAD "
    "OF "
    "INSERT ON %t BEGIN %a; END",
    "ALTER TABLE %t RENAME TO was; CREATE TABLE %t AS SELECT * FROM was",
    "ALTER TABLE %t RENAME TO was; CREATE TABLE %t (%c, %c, %c); INSERT INTO %t VALUES (%v, %v, "
    "%v)",
    "ALTER TABLE %t RENAME TO was; CREATE VIRTUAL TABLE %t USING fts5 (%c, %c, %c, %c); INSERT "
    "INTO "
    "%t VALUES (%v, %v, %v, %v)",
    "ALTER TABLE %t RENAME TO was; CREATE VIRTUAL TABLE %t USING rtree (id, %c, %c)",
    "CREATE TRIGGER a AFTER INSERT ON %t BEGIN %a; END",
    "CREATE TRIGGER b BEFORE INSERT ON %t BEGIN %a; END",
    "CREATE TRIGGER c AFTER UPDATE ON %t BEGIN %a; END",
    "CREATE TRIGGER d BEFORE DELETE ON %t BEGIN %a; %a; END",
    "ALTER TABLE %t ADD COLUMN extra AS (%v) VIRTUAL",
    "ALTER TABLE %t ADD COLUMN extra AS (%c || %c) VIRTUAL",
    "ALTER TABLE %t ADD COLUMN extra NOT NULL DEFAULT (%v)",
    "ALTER TABLE %t RENAME COLUMN %c TO '%x'",
    "ALTER TABLE %t DROP COLUMN %c",
    "CREATE INDEX e ON %t (%c, abs(%c))",
    "CREATE UNIQUE INDEX f ON %t (%c)",
    "CREATE TABLE '%x' (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME); INSERT "
    "INTO '%x' VALUES (%v, %v, %v)",
    "CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR AS (%v), date "
    "DATETIME)",
    "UPDATE sqlite_master SET sql = '%x' WHERE name = '%t'",
    "UPDATE sqlite_master SET sql = replace(sql, '%c', '%x') WHERE name = '%t'",
    "UPDATE sqlite_master SET sql = replace(sql, '%c ', '%c CHECK (%c > 1) ') WHERE name = '%t'",
    "UPDATE sqlite_master SET rootpage = %n WHERE name = '%t'",
    "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = '%o') "
    "WHERE name = '%t'",
    "UPDATE sqlite_master SET type = 'view' WHERE name = '%t'",
    "UPDATE sqlite_master SET tbl_name = '%o' WHERE name = '%t'",
    "DELETE FROM sqlite_master WHERE name = '%t'",
    "DELETE FROM sqlite_master WHERE type = 'index'",
    "UPDATE sqlite_sequence SET seq = %v",
    "DELETE FROM sqlite_sequence",
    "PRAGMA user_version = %n",
    "PRAGMA schema_version = %n",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM",
    "PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM",
};

constexpr const char* kActions[] = {
    "DELETE FROM %o",
    "DELETE FROM %t",
    "UPDATE %t SET %c = %v",
    "INSERT INTO %t SELECT * FROM %t",
    "INSERT INTO %t (%c) VALUES (%v)",
    "INSERT OR REPLACE INTO %o SELECT * FROM %o",
    "SELECT RAISE(IGNORE)",
    "SELECT RAISE(ABORT, '%x')",
    "SELECT RAISE(ROLLBACK, 'no')",
    "SELECT RAISE(FAIL, 'no')",
};

constexpr const char* kValues[] = {
    "NULL",
    "0",
    "1",
    "2",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "4294967296",
    "1e308",
    "9e999",
    "-9e999",
    "0.5",
    "''",
    "x''",
    "x'00'",
    "x'c328ff00'",
    "CAST(x'c328ff' AS TEXT)",
    "zeroblob(70000)",
    "printf('%.70000c', 'a')",
    "printf('%.20000c', char(8364))",
    "char(27) || '[2J' || char(7)",
    "char(0x202e, 0x200b, 0xfeff, 0x2028, 0xe0041)",
    "'two' || char(10) || 'lines' || char(13)",
    "'0x0'",
    "'0xffffffffffffffff'",
    "'0x'",
    "'7fff'",
    "'2026-01-31 12:00:00.000000'",
    "'9999-12-31 23:59:59.999999'",
    "'2026-02-30 25:61:61.9999999'",
    "'0000-00-00'",
    "'pending'",
    "'sending'",
    "'sent'",
    "'dead'",
    "'slack'",
    "'email'",
    "'signal'",
    "'exception'",
    "'terminate'",
    "'killed'",
    "'SIGSEGV'",
    "'SIGABRT'",
    "'app: src/m.cpp:12: int f(int): Assertion `x > 0'' failed.'",
    "'*** stack smashing detected ***: terminated'",
    "'std::map<std::string, int (*)(char)>::operator[](int)::{lambda(auto)#1} [clone .cold]'",
    "'_ZNSt6vectorIiSaIiEE9push_backEOi'",
    "'_RNvC6_123foo3bar'",
    "'crashes'",
    "'error_table'",
    "'hw_logs'",
    "'outbox'",
    "'/proc/self/exe'",
    "'/usr/lib/x86_64-linux-gnu/libc.so.6'",
    "'../../../etc/passwd'",
    "'deadbeef'",
    "'debug info'",
    "'none'",
    "'2:0123456789abcdef'",
    "(SELECT group_concat(sql) FROM sqlite_master)",
    "(SELECT count(*) FROM error_table, frames)",
    "abs(-9223372036854775808)",
};

class Statement {
 public:
  Statement(InputReader& input, const std::vector<std::string>& tables, const Columns& columns)
      : input_(input), tables_(tables), columns_(columns), table_(input.one_of(tables)) {}

  std::string expand(std::string_view pattern) {
    std::string sql;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
      if (pattern[at] == '%' && at + 1 < pattern.size()) {
        sql += part(pattern[++at]);
      } else {
        sql += pattern[at];
      }
    }
    return sql;
  }

 private:
  std::string part(char kind) {
    switch (kind) {
      case 't':
        return table_;
      case 'c':
        return input_.one_of(columns_.find(table_)->second);
      case 'o':
        return input_.one_of(tables_);
      case 'n':
        return std::to_string(static_cast<int>(input_.number<std::int8_t>()));
      case 'a':
        return expand(input_.one_of(kActions));
      case 'x':
        return quoted(input_.text());
      default:
        return value();
    }
  }

  std::string value() {
    const std::size_t kind = input_.below(std::size(kValues) + 2);
    if (kind < std::size(kValues)) return kValues[kind];
    if (kind == std::size(kValues)) return std::to_string(input_.number<std::int64_t>());
    return '\'' + quoted(input_.text()) + '\'';
  }

  static std::string quoted(const std::string& text) {
    std::string whole;
    for (const char c : text) {
      if (c == '\0') break;
      whole += c;
      if (c == '\'') whole += c;
    }
    return whole;
  }

  InputReader& input_;
  const std::vector<std::string>& tables_;
  const Columns& columns_;
  const std::string& table_;
};

}  // namespace

const char* const kModelRows = R"sql(
INSERT INTO error_table (msg, date) VALUES ('Error: division by zero', '2026-01-31 12:00:00.000000'), ('two' || char(10) || 'lines', '2026-01-31 12:00:01.000000');
INSERT INTO hw_logs (task, pid, cpu_times, cpu_usage, memory, mem_use, read_count, write_count, date) VALUES ('crash', 4711, '0.14', '1.0', '4096', '0.3', 1, 2, '2026-01-31 12:00:02.000000');
INSERT INTO hw_details (hw_log_id, load_1, uptime_seconds, memory_total, memory_available) VALUES (1, 0.5, 100, 8000000, 4000000);
INSERT INTO crashes (uuid, date, kind, signal, signal_name, signal_code, fault_address, exception_type, msg, pid, tid, thread_name, host, executable, release, fingerprint, stack_trace, hw_log_id) VALUES
 ('u1', '2026-01-31 12:00:02.000000', 'signal', 11, 'SIGSEGV', 1, '0x18', NULL, NULL, 4711, 4712, 'worker', 'host', '/usr/bin/app', '1.2', NULL, '#0 f', 1),
 ('u2', '2026-01-31 12:00:03.000000', 'terminate', 6, 'SIGABRT', -6, NULL, 'std::runtime_error', 'what it says', 4713, 4713, 'app', 'host', '/usr/bin/app', '1.2', '2:0123456789abcdef', NULL, NULL),
 ('u3', '2026-01-31 12:00:04.000000', 'killed', NULL, NULL, NULL, NULL, NULL, 'killed, out of memory', 4714, 4714, 'app', 'host', '/usr/bin/app', NULL, NULL, NULL, NULL);
INSERT INTO frames (crash_id, thread, depth, address, module, build_id, offset, function, file, line, inlined, return_address, column_number, name_source) VALUES
 (1, 4712, 0, '0x5555', '/usr/bin/app', 'deadbeef', '0x555', NULL, NULL, NULL, 0, 0, NULL, NULL),
 (1, 4712, 1, '0x5666', '/usr/bin/app', 'deadbeef', '0x666', NULL, NULL, NULL, 0, 1, NULL, NULL),
 (1, 4711, 0, '0x5777', '/usr/lib/libc.so.6', NULL, '0x777', NULL, NULL, NULL, 0, 1, NULL, NULL),
 (2, 4713, 0, '0x5555', '/usr/bin/app', 'deadbeef', '0x555', 'ns::f(int)', '/src/m.cpp', 12, 1, 1, 3, 'debug info'),
 (2, 4713, 0, '0x5555', '/usr/bin/app', 'deadbeef', '0x555', 'main', '/src/m.cpp', 20, 0, 1, 3, 'debug info');
INSERT INTO threads VALUES (1, 4711, 'app', 1), (1, 4715, 'silent', 0);
INSERT INTO registers VALUES (1, 'rip', '0x5555'), (1, 'rsp', '0x7fff0');
INSERT INTO breadcrumbs (crash_id, number, date, tid, msg) VALUES (1, 1, '2026-01-31 12:00:01.500000', 4712, 'charging the card');
INSERT INTO crash_fields VALUES (1, 1, 'request', 'integer', 7), (1, 2, 'user', 'text', 'ann');
INSERT INTO stacks VALUES (1, NULL), (2, '2:fedcba9876543210');
INSERT INTO stack_frames (stack_id, depth, address, module, build_id, offset, function, name_source) VALUES (1, 0, '0x5555', '/usr/bin/app', 'deadbeef', '0x555', NULL, NULL), (2, 0, '0x5556', '/usr/bin/app', 'deadbeef', '0x556', 'g()', 'symbol table');
INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, thrown_at) VALUES ('error_table', 1, 4711, 4712, 'std::logic_error', 1, 2);
INSERT INTO fingerprint_parts VALUES ('2:0123456789abcdef', 'ns::f', 'terminate' || char(10) || 'ns::f');
INSERT INTO outbox (uuid, channel, subject, body, state, attempts, next_attempt, last_error, created, sent, source_table, source_id) VALUES
 ('o1', 'slack', 'a crash', 'body', 'pending', 0, NULL, NULL, '2026-01-31 12:00:02.000000', NULL, 'crashes', 1),
 ('o2', 'email', 'a crash', 'body', 'sending', 1, NULL, NULL, '2026-01-31 12:00:02.000000', NULL, 'crashes', 2),
 ('o3', 'slack', 'an error', 'body', 'pending', 2, '2026-01-31 12:10:00.000000', 'HTTP 500', '2026-01-31 12:00:00.000000', NULL, 'error_table', 1),
 ('o4', 'email', 'an error', 'body', 'dead', 9, NULL, 'SMTP 550', '2026-01-31 12:00:00.000000', NULL, 'error_table', 2),
 ('o5', 'slack', 'an error', 'body', 'sent', 1, NULL, NULL, '2026-01-31 12:00:00.000000', '2026-01-31 12:00:09.000000', 'error_table', 2);
INSERT INTO outbox_leases VALUES (2, '1:1:gone', 1769860800000000);
INSERT INTO outbox_pauses VALUES ('email', 1769860800000000);
INSERT INTO outbox_groups VALUES ('slack', '2:0123456789abcdef', 3, 1769860800000000, 1769860900000000, 1769870000000000, 1);
INSERT INTO outbox_digests VALUES (1, 'a digest', 'body', 2, 0);
INSERT INTO outbox_parts VALUES (1, 0, 'words', '', 0, 4);
INSERT INTO outbox_folds VALUES (3, 1);
INSERT INTO dblog_queues (uuid, committed, finished) VALUES ('q1', 3, NULL), ('q2', 9, '2026-01-31 12:00:00.000000');
INSERT INTO dblog_upkeep (task, done) VALUES ('prune', '2026-01-31 12:00:00.000000');
)sql";

std::string hostile_statement(InputReader& input, const std::vector<std::string>& tables,
                              const Columns& columns) {
  const char* pattern = input.one_of(kStatements);
  return Statement{input, tables, columns}.expand(pattern);
}

}  // namespace dblog::test
