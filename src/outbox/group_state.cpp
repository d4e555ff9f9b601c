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
      database,
      "SELECT g.messages, g.last_sent, g.quiet_until, g.ends, o.state, o.next_attempt "
      "FROM outbox_groups g LEFT JOIN outbox o ON o.id = g.carrier_id "
      "WHERE g.channel = ?1 AND g.fingerprint = ?2");
  row.bind(1, channel);
  row.bind(2, key);
  GroupState state;
  if (!row.executeStep()) return state;
  if (const auto ends = time_at(row, 3); ends && store::lies_ahead(*ends, now, kLongestWait)) {
    state.messages = row.getColumn(0).getInt64();
    state.last_sent = time_at(row, 1);
    state.quiet_until = time_at(row, 2);
  }
  const std::string open = row.getColumn(4).getString();
  state.is_sending = open == "sending";
  state.has_open_message = state.is_sending || open == "pending";
  if (state.has_open_message) state.open_next_attempt = row.getColumn(5).getString();
  return state;
}

Decision decide(const GroupState& state, const AlertGroup& group, Timestamp now) {
  if (state.has_open_message) {
    const auto next = parse_date(state.open_next_attempt);
    if (state.is_sending || !next || !store::lies_ahead(*next, now, kLongestWait)) {
      return {Turn::leave, ""};
    }
    return {Turn::hold, state.open_next_attempt};
  }
  const bool is_quiet =
      state.quiet_until && store::lies_ahead(*state.quiet_until, now, kLongestWait);
  if (!is_quiet || group.is_asked_for) return {Turn::send, ""};
  return {Turn::hold, next_attempt_text(now, *state.quiet_until)};
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

}  // namespace dblog::outbox
