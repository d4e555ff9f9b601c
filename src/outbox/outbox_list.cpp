// Queries on a connection that cannot write.
#include "src/outbox/outbox_list.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <utility>

#include "src/outbox/due_work.hpp"
#include "src/outbox/group_state.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "src/outbox/waiting.hpp"
#include "src/scrub/rules.hpp"
#include "src/sqlite/placeholder_tables.hpp"
#include "src/sqlite/read_connection.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/row_scrubbing.hpp"

namespace dblog::outbox {
namespace {

template <typename Body>
auto read(const std::filesystem::path& path, Body body)
    -> decltype(body(std::declval<SQLite::Database&>())) {
  auto connection = sqlite::ReadConnection::open(path);
  if (!connection) return connection.error();
  return connection->read([&](SQLite::Database& database) {
    sqlite::add_placeholder_tables(database);
    sqlite::add_placeholder_columns(database, "outbox");
    return body(database);
  });
}

constexpr const char* kCounts =
    "1 + (SELECT count(*) FROM outbox_folds f WHERE f.carrier_id = o.id) AS stands_for, "
    "(SELECT carrier_id FROM outbox_folds f WHERE f.outbox_id = o.id) AS counted_in ";

// In words that let SQLite use the index of open messages: they are few among many that were sent.
std::string condition_on(const std::optional<std::string>& state) {
  if (!state) return "";
  if (*state != "pending" && *state != "sending") return "o.state = ?1 AND ";
  return "o.id IN (SELECT id FROM outbox WHERE state = '" + *state + "') AND ";
}

std::int64_t waiting_rows(SQLite::Database& database, const Plan& plan, const std::string& channel,
                          Timestamp now) {
  // Orphaned ones are in messages, but not pending yet.
  std::int64_t waiting = plan.orphaned + look_at_waiting(database, channel, now).alerts;
  for (const PlannedMessage& message : plan.messages) waiting -= message.alerts;
  return waiting < 0 ? 0 : waiting;
}

PlannedMessage planned(SQLite::Database& database, const std::string& channel, std::int64_t row) {
  SQLite::Statement text(database,
                         "SELECT coalesce(d.subject, o.subject), coalesce(d.alerts, 1 + (SELECT "
                         "count(*) FROM outbox_folds f WHERE f.carrier_id = o.id)) FROM "
                         "outbox o LEFT JOIN outbox_digests d ON d.carrier_id = o.id AND "
                         "d.is_settled = 0 WHERE o.id = ?1");
  text.bind(1, row);
  if (!text.executeStep()) return {channel, "", 0};
  PlannedMessage message{channel, text.getColumn(0).getString(), text.getColumn(1).getInt64()};
  if (const scrub::Rules* rules = scrub::active_rules()) rules->scrub(message.subject);
  return message;
}

void plan_channel(SQLite::Database& database, const Channel& of, Timestamp now,
                  bool ignore_next_attempt, Plan& plan) {
  const std::string& channel = of.name;
  const DueWork work = find_due(database, channel, of.environments, now, ignore_next_attempt);
  for (const std::int64_t row : claims_of(database, channel, now).orphaned) {
    plan.messages.push_back(planned(database, channel, row));
    ++plan.orphaned;
  }
  for (const OpenMessage& open : work.open_messages) {
    plan.messages.push_back(planned(database, channel, open.id));
  }
  std::vector<const AlertGroup*> chosen;
  for (const AlertGroup& group : work.groups) {
    const GroupState state = group_state(database, channel, group.key, now);
    if (decide(state, group, now).turn == Turn::send) chosen.push_back(&group);
  }
  for (const auto& message : messages_of(chosen, Policy{})) {
    PlannedMessage first = planned(database, channel, message.front()->rows.front());
    first.alerts = 0;
    for (const AlertGroup* group : message) {
      first.alerts += static_cast<std::int64_t>(group->rows.size());
    }
    plan.messages.push_back(std::move(first));
  }
}

}  // namespace

base::Result<std::vector<sqlite::Row>> list_messages(const std::filesystem::path& path,
                                                     const OutboxQuery& query) {
  return read(path, [&](SQLite::Database& database) -> base::Result<std::vector<sqlite::Row>> {
    SQLite::Statement statement(
        database, std::string("SELECT o.id, o.uuid, o.channel, o.state, o.attempts, "
                              "o.next_attempt, o.next_attempt_utc, o.last_error, o.created, "
                              "o.utc_offset, o.sent, o.sent_utc, o.source_table, o.source_id, "
                              "o.subject, o.suppressed_by, ") +
                      kCounts + "FROM outbox o WHERE " + condition_on(query.state) +
                      "(?2 IS NULL OR o.channel = ?2) ORDER BY o.id DESC LIMIT ?3");
    if (query.state) statement.bind(1, *query.state);
    if (query.channel) statement.bind(2, *query.channel);
    statement.bind(3, query.limit);
    std::vector<sqlite::Row> rows;
    while (statement.executeStep())
      sqlite::scrub_row(rows.emplace_back(sqlite::current_row(statement)));
    return rows;
  });
}

base::Result<sqlite::Row> find_message(const std::filesystem::path& path, std::int64_t id) {
  return read(path, [&](SQLite::Database& database) -> base::Result<sqlite::Row> {
    SQLite::Statement statement(
        database,
        std::string("SELECT o.*, d.subject AS message_subject, d.body AS message_body, ") +
            kCounts +
            "FROM outbox o LEFT JOIN outbox_folds f ON f.outbox_id = o.id LEFT JOIN "
            "outbox_digests d ON d.carrier_id = coalesce(f.carrier_id, o.id) WHERE "
            "o.id = ?1");
    statement.bind(1, id);
    if (statement.executeStep()) {
      sqlite::Row row = sqlite::current_row(statement);
      sqlite::scrub_row(row);
      return row;
    }
    return base::Error{base::ErrorCode::not_found, path.string(),
                       "has no message " + std::to_string(id) + "; 'dblog outbox list' shows them"};
  });
}

base::Result<Plan> plan(const std::filesystem::path& path, const Channel& channel, Timestamp now,
                        bool ignore_next_attempt) {
  return read(path, [&](SQLite::Database& database) -> base::Result<Plan> {
    for (const char* table : {"crashes", "crash_group_states", "event_stacks"}) {
      sqlite::add_placeholder_columns(database, table);
    }
    Plan plan;
    plan_channel(database, channel, now, ignore_next_attempt, plan);
    plan.waiting = waiting_rows(database, plan, channel.name, now);
    return plan;
  });
}

}  // namespace dblog::outbox
