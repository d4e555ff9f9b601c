// The outbox as a queue that several processes share: claiming messages, and what becomes of them.
//
// A message is one row, its carrier, which stands for itself or, with a text of its own
// (outbox_digests), for all rows that are folded into it (outbox_folds). Claiming makes the carrier
// 'sending' under a lease; from then on its text and its rows stay as they are until it is sent or
// dead, so that sending it again repeats it. docs/delivery.md tells the whole life.
// One object a channel and thread. Throws as OutboxDatabase does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/notify/sender.hpp"
#include "src/outbox/alert_renderer.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/folding.hpp"
#include "src/outbox/group_state.hpp"
#include "src/outbox/outbox_database.hpp"
#include "src/outbox/policy.hpp"

namespace dblog::outbox {

/// A message in our hands.
struct ClaimedMessage {
  std::int64_t carrier = 0;
  notify::Message message;
  std::int64_t attempts = 0;  ///< failures before this try
  std::int64_t alerts = 1;
};

struct Claim {
  std::optional<ClaimedMessage> message;
  std::optional<Timestamp> wait_until;  ///< The channel pauses until then; nothing was claimed.
  bool fell_apart = false;              ///< It never was complete; its rows are free again.
};

class Queue {
 public:
  Queue(OutboxDatabase& database, std::string channel, const Policy& policy,
        AlertRenderer renderer = {});

  /// Rows of the channel that somebody had in hand who is dead, or too slow, become pending again.
  void free_dead_leases(Timestamp now);

  /// The rows wait until then. Rows that have that time already are left alone; how many had not.
  std::int64_t hold(const std::vector<std::int64_t>& rows, const std::string& until,
                    const KeepGoing& keep_going);

  /// Claims a message that was tried before; nothing if somebody else was quicker, or if it fell
  /// apart because it was never complete: then its rows are free again. `pace`: the next message
  /// of this channel may not start earlier than that after this one.
  Claim claim(const OpenMessage& open, Timestamp now, std::chrono::milliseconds pace,
              const KeepGoing& keep_going);

  /// Makes one message of the groups, as far as nobody else has taken them.
  Claim claim(const std::vector<const AlertGroup*>& groups, Timestamp now,
              std::chrono::milliseconds pace, const KeepGoing& keep_going);

  void mark_sent(const ClaimedMessage& message, Timestamp now, const KeepGoing& keep_going);
  void mark_dead(const ClaimedMessage& message, const std::string& reason,
                 const KeepGoing& keep_going);

  /// A failure: pending again from `next_attempt` on.
  void mark_failed(const ClaimedMessage& message, const std::string& reason,
                   const std::string& next_attempt, const KeepGoing& keep_going);

  /// No failure: pending as before. An empty reason leaves last_error alone.
  void give_back(const ClaimedMessage& message, const std::string& reason,
                 const KeepGoing& keep_going);

  /// Nothing goes to the channel before that.
  void pause(Timestamp until, Timestamp now);

 private:
  std::optional<Timestamp> pause_end(Timestamp now);
  void take_turn(Timestamp now, std::chrono::milliseconds pace);
  void lease(std::int64_t carrier, Timestamp now);
  bool is_ours(std::int64_t carrier);
  void end_lease(std::int64_t carrier);
  void continue_conversations(std::int64_t carrier, Timestamp now);
  ClaimedMessage in_hand(std::int64_t carrier);

  class GroupsClaim;

  OutboxDatabase& database_;
  const std::string channel_;
  const Policy policy_;
  const std::string holder_;
  const AlertRenderer renderer_;
};

}  // namespace dblog::outbox
