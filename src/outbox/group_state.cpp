// Conversations.
#include "src/outbox/group_state.hpp"

#include "src/outbox/digest_text.hpp"
#include "src/outbox/due_time.hpp"
#include "src/sqlite/stored_time.hpp"

namespace dblog::outbox {
namespace {

std::optional<Timestamp> time_at(SQLite::Statement& row, int column) {
  if (row.isColumnNull(column)) return std::nullopt;
  return time_of(row.getColumn(column).getInt64());
}

}  // namespace

GroupState group_state(SQLite::Database& database, const std::string& channel,
                       const std::string& key, Timestamp now) {
  SQLite::Statement row(
      database, "SELECT g.messages, g.last_sent, g.quiet_until, g.ends, o.state, o.next_attempt, " +
                    utc_that_counts("o.next_attempt") +
                    " FROM outbox_groups g LEFT JOIN outbox o ON o.id = g.carrier_id "
                    "WHERE g.channel = ?1 AND g.fingerprint = ?2");
  row.bind(1, channel);
  row.bind(2, key);
  GroupState state;
  if (!row.executeStep()) return state;
  if (const auto ends = time_at(row, 3); ends && sqlite::lies_ahead(*ends, now, kLongestWait)) {
    state.messages = row.getColumn(0).getInt64();
    state.last_sent = time_at(row, 1);
    state.quiet_until = time_at(row, 2);
  }
  const std::string open = row.getColumn(4).getString();
  state.is_sending = open == "sending";
  state.has_open_message = state.is_sending || open == "pending";
  if (state.has_open_message) state.open_next_attempt = stored_time(row, 5, 6);
  return state;
}

Decision decide(const GroupState& state, const AlertGroup& group, Timestamp now) {
  if (state.has_open_message) {
    const auto& next = state.open_next_attempt;
    if (state.is_sending || !next || !sqlite::lies_ahead(*next, now, kLongestWait)) {
      return {Turn::leave, {}};
    }
    return {Turn::hold, *next};
  }
  const bool is_quiet =
      state.quiet_until && sqlite::lies_ahead(*state.quiet_until, now, kLongestWait);
  if (!is_quiet || group.is_asked_for) return {Turn::send, {}};
  return {Turn::hold, *state.quiet_until};
}

std::vector<std::vector<const AlertGroup*>> messages_of(
    const std::vector<const AlertGroup*>& groups, const Policy& policy) {
  const std::size_t singles =
      groups.size() <= policy.most_messages ? groups.size() : policy.singles;
  std::vector<std::vector<const AlertGroup*>> messages;
  std::size_t room = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::size_t needed = groups[i]->room;
    if (i <= singles || room + needed > kSharedRoom) {
      messages.emplace_back();
      room = 0;
    }
    messages.back().push_back(groups[i]);
    room += needed;
  }
  return messages;
}

void continue_conversations(OutboxDatabase& database, const std::string& channel, std::int64_t lead,
                            const Policy& policy, Timestamp now) {
  constexpr const char* kGroups =
      "SELECT fingerprint FROM outbox_groups WHERE carrier_id = ?1 AND channel = ?2";
  constexpr const char* kGoesOn =
      "UPDATE outbox_groups SET messages = ?3, last_sent = ?4, quiet_until = ?5, ends = ?6, "
      "carrier_id = NULL WHERE channel = ?1 AND fingerprint = ?2";
  std::vector<std::string> keys;
  {
    const sqlite::StatementUse row(database.prepared(kGroups));
    OutboxDatabase::bind(*row, lead, channel);
    while (row->executeStep()) keys.push_back(row->getColumn(0).getString());
  }
  for (const std::string& key : keys) {
    const std::int64_t messages = group_state(database.sqlite(), channel, key, now).messages + 1;
    const auto quiet = quiet_after(policy, messages);
    // Silence for as long again ends the conversation.
    database.execute(kGoesOn, channel, key, messages, microseconds_of(now),
                     microseconds_of(now + quiet), microseconds_of(now + 2 * quiet));
  }
}

void forget_old_groups(OutboxDatabase& database, Timestamp now) {
  constexpr const char* kOne =
      "SELECT 1 FROM outbox_groups WHERE (ends < ?1 OR ends > ?2) AND carrier_id IS NULL LIMIT 1";
  constexpr const char* kForget =
      "DELETE FROM outbox_groups WHERE (channel, fingerprint) IN (SELECT channel, fingerprint "
      "FROM outbox_groups WHERE (ends < ?1 OR ends > ?2) AND carrier_id IS NULL LIMIT ?3)";
  const std::int64_t present = microseconds_of(now);
  const std::int64_t latest = microseconds_of(now + kLongestWait);
  // No write transaction where there is nothing to write: a watching flush would wake itself.
  if (database.number(kOne, 0, present, latest) == 0) return;
  database.write([&] { database.execute(kForget, present, latest, kBatch); });
}

}  // namespace dblog::outbox
