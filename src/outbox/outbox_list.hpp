// What is in the outbox, for people and scripts. Reads only; called by `dblog outbox` and
// `dblog flush --dry-run`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dblog/event.hpp"
#include "src/base/result.hpp"
#include "src/outbox/delivery.hpp"
#include "src/sqlite/row.hpp"

namespace dblog::outbox {

struct OutboxQuery {
  std::optional<std::string> state;  ///< "pending", "sending", "sent", "dead", "suppressed"
  std::optional<std::string> channel;
  std::int64_t limit = 20;
};

/// Newest first, without bodies; "stands_for" alerts and "counted_in" (the message that a row was
/// counted in, if not in its own) are added to the table's columns.
[[nodiscard]] base::Result<std::vector<sqlite::Row>> list_messages(
    const std::filesystem::path& database, const OutboxQuery& query);

/// One row with its body, and "message_subject" and "message_body" of the message that it went or
/// will go out with: NULL where that is the row's own text, or not made yet. Fails with not_found.
[[nodiscard]] base::Result<sqlite::Row> find_message(const std::filesystem::path& database,
                                                     std::int64_t id);

/// What a flush would send now, if every server took it.
struct PlannedMessage {
  std::string channel;
  std::string subject;
  std::int64_t alerts = 0;
};
struct Plan {
  std::vector<PlannedMessage> messages;
  std::int64_t orphaned = 0;  ///< Of the messages: claimed by a flush that was killed.
  std::int64_t waiting = 0;   ///< Rows that are pending and not in them.
};
[[nodiscard]] base::Result<Plan> plan(const std::filesystem::path& database, const Channel& channel,
                                      Timestamp now, bool ignore_next_attempt);

}  // namespace dblog::outbox
