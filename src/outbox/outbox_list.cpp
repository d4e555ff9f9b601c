// Queries on a connection that cannot write.
#include "src/outbox/outbox_list.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <utility>

#include "src/outbox/due_work.hpp"
#include "src/outbox/group_state.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "src/outbox/waiting.hpp"
#include "src/sqlite/placeholder_tables.hpp"
#include "src/sqlite/read_connection.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::outbox {
namespace {

template <typename Body>
auto read(const std::filesystem::path& path, Body body)
    -> decltype(body(std::declval<SQLite::Database&>())) {
  auto connection = store::ReadConnection::open(path);
  if (!connection) return connection.error();
  return connection->read([&](SQLite::Database& database) {
    store::add_placeholder_tables(database);
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

std::int64_t waiting_rows(SQLite::Database& database, const Plan& plan,
                          const std::vector<std::string>& channels, Timestamp now) {
  std::int64_t waiting = plan.orphaned;  // those are in messages, but not pending yet
  for (const std::string& channel : channels) {
    waiting += look_at_waiting(database, channel, now).alerts;
  }
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
  return {channel, text.getColumn(0).getString(), text.getColumn(1).getInt64()};
}

void plan_channel(SQLite::Database& database, const std::string& channel, Timestamp now,
                  bool ignore_next_attempt, Plan& plan) {
  const DueWork work = find_due(database, channel, now, ignore_next_attempt);
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

base::Result<std::vector<store::Row>> list_messages(const std::filesystem::path& path,
                                                    const OutboxQuery& query) {
  return read(path, [&](SQLite::Database& database) -> base::Result<std::vector<store::Row>> {
    SQLite::Statement statement(
        database, std::string("SELECT o.id, o.uuid, o.channel, o.state, o.attempts, "
                              "o.next_attempt, o.last_error, o.created, o.sent, o.source_table, "
                              "o.source_id, o.subject, ") +
                      kCounts + "FROM outbox o WHERE " + condition_on(query.state) +
                      "(?2 IS NULL OR o.channel = ?2) ORDER BY o.id DESC LIMIT ?3");
    if (query.state) statement.bind(1, *query.state);
    if (query.channel) statement.bind(2, *query.channel);
    statement.bind(3, query.limit);
    std::vector<store::Row> rows;
    while (statement.executeStep()) rows.push_back(store::current_row(statement));
    return rows;
  });
}

base::Result<store::Row> find_message(const std::filesystem::path& path, std::int64_t id) {
  return read(path, [&](SQLite::Database& database) -> base::Result<store::Row> {
    SQLite::Statement statement(
        database,
        std::string("SELECT o.*, d.subject AS message_subject, d.body AS message_body, ") +
            kCounts +
            "FROM outbox o LEFT JOIN outbox_folds f ON f.outbox_id = o.id LEFT JOIN "
            "outbox_digests d ON d.carrier_id = coalesce(f.carrier_id, o.id) WHERE "
            "o.id = ?1");
    statement.bind(1, id);
    if (statement.executeStep()) return store::current_row(statement);
    return base::Error{base::ErrorCode::not_found, path.string(),
                       "has no message " + std::to_string(id) + "; 'dblog outbox list' shows them"};
  });
}

base::Result<Plan> plan(const std::filesystem::path& path, const std::vector<std::string>& channels,
                        Timestamp now, bool ignore_next_attempt) {
  return read(path, [&](SQLite::Database& database) -> base::Result<Plan> {
    store::add_placeholder_columns(database, "outbox");
    Plan plan;
    for (const std::string& channel : channels) {
      plan_channel(database, channel, now, ignore_next_attempt, plan);
    }
    plan.waiting = waiting_rows(database, plan, channels, now);
    return plan;
  });
}

}  // namespace dblog::outbox
