// Where a group's conversation stands, and whether its alerts may be told now.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dblog/event.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_database.hpp"
#include "src/outbox/policy.hpp"

namespace dblog::outbox {

struct GroupState {
  std::int64_t messages = 0;  ///< Sent in this conversation; 0 if there is none.
  std::optional<Timestamp> last_sent;
  std::optional<Timestamp> quiet_until;
  bool has_open_message = false;  ///< pending or sending
  bool is_sending = false;
  std::optional<Timestamp> open_next_attempt;  ///< None if it is due at once.
};

[[nodiscard]] GroupState group_state(SQLite::Database& database, const std::string& channel,
                                     const std::string& key, Timestamp now);

enum class Turn {
  send,
  hold,   ///< Its rows wait until `until`.
  leave,  ///< Another flush, or another message, has it.
};
struct Decision {
  Turn turn = Turn::send;
  Timestamp until{};  ///< For outbox.next_attempt.
};

/// A group has one open message at a time, and is quiet for a while after each that was sent,
/// unless a row's own time has come.
[[nodiscard]] Decision decide(const GroupState& state, const AlertGroup& group, Timestamp now);

/// The first groups get messages of their own; where they are many, the others share.
[[nodiscard]] std::vector<std::vector<const AlertGroup*>> messages_of(
    const std::vector<const AlertGroup*>& groups, const Policy& policy);

/// After a message was sent: the groups that it told of are quiet for a while. In a transaction.
void continue_conversations(OutboxDatabase& database, const std::string& channel, std::int64_t lead,
                            const Policy& policy, Timestamp now);

/// Forgets conversations that are over.
void forget_old_groups(OutboxDatabase& database, Timestamp now);

}  // namespace dblog::outbox
