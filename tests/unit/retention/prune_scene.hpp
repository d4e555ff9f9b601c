// A database with rows of all kinds, and a whole pass over it.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

#include "dblog/event.hpp"
#include "src/retention/pruner.hpp"
#include "src/schema/schema.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

namespace dblog::test {

inline config::Retention limits(const char* days, const char* rows, const char* megabytes) {
  config::Retention all;
  all.days = *config::parse_table_limits(days);
  all.rows = *config::parse_table_limits(rows);
  all.megabytes = *config::parse_table_limits(megabytes);
  return all;
}

struct PruneScene {
  TemporaryDirectory directory;
  SQLite::Database database = make_database(directory / "LOGS.db");

  [[nodiscard]] std::int64_t number(const std::string& sql) {
    return database.execAndGet(sql).getInt64();
  }

  [[nodiscard]] static std::string days_ago(int days) {
    return local_date_text(now() - std::chrono::hours{24} * days - std::chrono::hours{1});
  }

  /// `count` events of that age, each with a stack.
  void add_events(const std::string& table, int count, int days, std::size_t size = 20) {
    const bool is_there = database.tableExists(table);
    if (!is_there) make_event_table(database, table);
    SQLite::Transaction transaction(database);
    SQLite::Statement stack(
        database,
        "INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, "
        "thrown_at) VALUES (?1, ?2, 1, 1, NULL, 7, 8)");
    for (int i = 0; i < count; ++i) {
      add_event(database, table, std::string(size, 'x'), days_ago(days));
      stack.reset();
      stack.bind(1, table);
      stack.bind(2, database.getLastInsertRowid());
      stack.exec();
    }
    transaction.commit();
  }

  /// A crash with a row in each of the tables that belong to it; its id.
  std::int64_t add_crash(int days, const std::string& group = "1:aa") {
    const std::string date = "'" + days_ago(days) + "'";
    database.exec("INSERT INTO hw_logs (task, date) VALUES ('crash', " + date + ")");
    const std::string snapshot = std::to_string(database.getLastInsertRowid());
    database.exec("INSERT INTO hw_details (hw_log_id) VALUES (" + snapshot + ")");
    database.exec(
        "INSERT INTO crashes (uuid, date, kind, tid, fingerprint, hw_log_id) VALUES "
        "(hex(randomblob(8)), " +
        date + ", 'signal', 1, '" + group + "', " + snapshot + ")");
    const std::int64_t id = database.getLastInsertRowid();
    const std::string crash = std::to_string(id);
    database.exec(
        "INSERT INTO frames (crash_id, thread, depth) VALUES (" + crash + ", 1, 0), (" + crash +
        ", 1, 1); INSERT INTO threads VALUES (" + crash +
        ", 1, 'main', 1); INSERT INTO registers VALUES (" + crash +
        ", 'rip', '0x1'); INSERT INTO breadcrumbs (crash_id, number, date, tid, msg) VALUES (" +
        crash + ", 1, " + date + ", 1, 'x'); INSERT INTO crash_fields VALUES (" + crash +
        ", 1, 'n', 'text', 'v'); INSERT OR IGNORE INTO fingerprint_parts VALUES ('" + group +
        "', NULL, 'x')");
    return id;
  }

  std::int64_t add_message(const std::string& table, std::int64_t id, const std::string& state,
                           int days) {
    SQLite::Statement row(database,
                          "INSERT INTO outbox (uuid, channel, subject, body, state, created, sent, "
                          "source_table, source_id) VALUES (hex(randomblob(8)), 'slack', 's', 'b', "
                          "?1, ?2, ?2, ?3, ?4)");
    row.bind(1, state);
    row.bind(2, days_ago(days));
    row.bind(3, table);
    row.bind(4, id);
    row.exec();
    return database.getLastInsertRowid();
  }

  retention::PruneReport prune(const config::Retention& limits,
                               retention::PruneOptions options = {}) {
    retention::Pruner pruner(limits, options);
    while (pruner.step(database)) {
    }
    return pruner.report();
  }

  /// Rows that belong to one that is gone.
  [[nodiscard]] std::int64_t orphans() {
    std::int64_t count =
        number("SELECT count(*) FROM hw_details WHERE hw_log_id NOT IN (SELECT id FROM hw_logs)");
    for (const char* part : schema::kCrashParts) {
      count += number(std::string("SELECT count(*) FROM ") + part +
                      " WHERE crash_id NOT IN (SELECT id FROM crashes)");
    }
    count += number(
        "SELECT count(*) FROM fingerprint_parts WHERE fingerprint NOT IN (SELECT fingerprint FROM "
        "crashes UNION SELECT fingerprint FROM stacks WHERE fingerprint IS NOT NULL)");
    count += number(
        "SELECT count(*) FROM outbox_folds WHERE outbox_id NOT IN (SELECT id FROM outbox) OR "
        "carrier_id NOT IN (SELECT id FROM outbox)");
    return count;
  }
};

}  // namespace dblog::test
