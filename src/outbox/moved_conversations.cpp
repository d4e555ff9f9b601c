#include "src/outbox/moved_conversations.hpp"

#include <SQLiteCpp/Statement.h>

#include <set>
#include <utility>

#include "src/outbox/alert_key.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::outbox {
namespace {

// What tells alerts apart, as due_work.cpp reads it for a crash that has a fingerprint.
constexpr const char* kAlerts =
    "SELECT o.channel, o.subject, o.body, coalesce(o.program, x.executable), "
    "coalesce(o.release, x.release), coalesce(o.host, x.host), x.thread_name FROM outbox AS o "
    "JOIN crashes AS x ON x.id = o.source_id WHERE o.source_table = 'crashes' AND o.source_id = ?1";
// Where both are quiet, the longer silence counts.
constexpr const char* kMerge =
    "INSERT INTO outbox_groups AS t (channel, fingerprint, messages, last_sent, quiet_until, ends, "
    "carrier_id) SELECT channel, ?3, messages, last_sent, quiet_until, ends, carrier_id FROM "
    "outbox_groups WHERE channel = ?1 AND fingerprint = ?2 ON CONFLICT (channel, fingerprint) DO "
    "UPDATE SET messages = max(messages, excluded.messages), "
    "last_sent = max(ifnull(last_sent, excluded.last_sent), ifnull(excluded.last_sent, "
    "last_sent)), "
    "quiet_until = max(ifnull(quiet_until, excluded.quiet_until), ifnull(excluded.quiet_until, "
    "quiet_until)), ends = max(ifnull(ends, excluded.ends), ifnull(excluded.ends, ends)), "
    "carrier_id = ifnull(carrier_id, excluded.carrier_id)";
// One that waits for another open message stays until that is sent.
constexpr const char* kForgetOfChannel =
    "DELETE FROM outbox_groups AS f WHERE channel = ?1 AND fingerprint = ?2 AND (carrier_id IS "
    "NULL OR carrier_id = (SELECT carrier_id FROM outbox_groups WHERE channel = ?1 AND fingerprint "
    "= ?3))";

}  // namespace

void move_conversations(SQLite::Database& database, const std::vector<std::int64_t>& crashes,
                        const std::string& from, const std::string& to) {
  if (!sqlite::has_table(database, "outbox", "program") ||
      !sqlite::has_table(database, "outbox_groups", "fingerprint")) {
    return;
  }
  std::set<std::pair<std::string, std::string>> moved;  // channel and old key
  SQLite::Statement alerts{database, kAlerts};
  SQLite::Statement merge{database, kMerge}, forget{database, kForgetOfChannel};
  for (const std::int64_t crash : crashes) {
    alerts.reset();
    alerts.bind(1, crash);
    while (alerts.executeStep()) {
      const auto text = [&](int column) { return alerts.getColumn(column).getString(); };
      const std::string subject = text(1), body = text(2), program = text(3), release = text(4),
                        host = text(5), thread = text(6);
      AlertFields alert{.subject = subject,
                        .body = body,
                        .program = program,
                        .release = release,
                        .host = host,
                        .thread_name = thread,
                        .crash_fingerprint = from};
      const std::string channel = text(0);
      const std::string old_key = alert_key(alert);
      if (!moved.emplace(channel, old_key).second) continue;
      alert.crash_fingerprint = to;
      const std::string new_key = alert_key(alert);
      if (new_key == old_key) continue;
      for (SQLite::Statement* statement : {&merge, &forget}) {
        statement->reset();
        statement->bind(1, channel);
        statement->bind(2, old_key);
        statement->bind(3, new_key);
        statement->exec();
      }
    }
  }
}

}  // namespace dblog::outbox
