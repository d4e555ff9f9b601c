// The life of a message: its states, who may change which, the lease, and the end. This file is the
// whole protocol by which any number of processes send from one outbox; the others of this folder
// find what is due, write the text, and say when a message is tried again.
//
// A message is a row of `outbox`, its lead, which stands for itself or, with a text of its own
// (outbox_digests), for the rows that are its members (outbox_folds), too.
//
//   from      to       who, and when
//   pending   sending  a flush that claims it (claim.cpp), with a lease in the same transaction
//   pending   pending  a flush that finds its kind quiet (hold): only next_attempt changes
//   pending   suppressed  a flush that finds that the group of its crash is ignored or muted, or
//   that
//                      the channel does not send its environment's (suppress)
//   sending   sent     the flush whose server took it (mark_sent), even after its lease
//   sending   dead     the owner of its lease (mark_dead): the server will never take it
//   sending   pending  the owner of its lease (mark_failed, give_back), or any flush, when the
//                      lease counts no more (free_orphans)
//   any       pending  a person (replay, replay_dead), except under a lease that counts
//   any       gone     a person (drop), except under a lease that counts; retention, if sent,
//                      dead or suppressed
//
// Lease: a row of outbox_leases names the process that claimed the message and says until when. It
// counts until then, unless that process is known to be dead (lease_owner.hpp), or the end lies
// further ahead than any lease does: then a wrong clock wrote it. Policy::lease is longer than a
// flush may take, so that only a process that was stopped outlives its lease. When it goes on, it
// finds that the message is not its own any more and leaves it alone (is_ours); only that a server
// took the message is recorded in any case, because that prevents a second copy.
//
// Text and members of a claimed message stay as they are until it is sent or dead, so that sending
// it again repeats it. Members are pending and wait; digest_members.cpp gives them the fate of
// their lead.
//
// The lock of src/sqlite/sender_lock.hpp limits how many tools programs start. Nothing here relies
// on it: a flush that a person starts takes no lock, and a lock can be bypassed.
//
// Threads: one OutboxQueue for each channel and thread. Throws as OutboxDatabase does.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/notify/sender.hpp"
#include "src/outbox/alert_renderer.hpp"
#include "src/outbox/digest_members.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_database.hpp"
#include "src/outbox/policy.hpp"

namespace dblog::outbox {

/// The messages of a channel that are 'sending'.
struct Claims {
  std::int64_t living = 0;             ///< Under a lease that counts.
  std::optional<Timestamp> first_end;  ///< Of those leases.
  std::vector<std::int64_t> orphaned;  ///< The others.
};
[[nodiscard]] Claims claims_of(SQLite::Database& database, const std::string& channel,
                               Timestamp now);

/// A message that this process has claimed.
struct ClaimedMessage {
  std::int64_t lead = 0;
  notify::Message message;
  std::int64_t attempts = 0;  ///< failures before this try
  std::int64_t alerts = 1;
};

struct Claim {
  std::optional<ClaimedMessage> message;
  std::optional<Timestamp> wait_until;  ///< The channel pauses until then; nothing was claimed.
  bool fell_apart = false;              ///< It never was complete; its rows are free again.
};

class OutboxQueue {
 public:
  OutboxQueue(OutboxDatabase& database, std::string channel, const Policy& policy,
              AlertRenderer renderer = {});

  /// Orphaned claims of the channel become pending again.
  void free_orphans(Timestamp now);

  /// The rows wait until then. Rows that have that time already are left alone; how many had not.
  std::int64_t hold(const std::vector<std::int64_t>& rows, Timestamp until,
                    const KeepGoing& keep_going);

  /// The rows are not sent by this rule (src/schema/suppressed_by.hpp), as far as no other flush
  /// has made them part of a message; how many.
  std::int64_t suppress(const std::vector<std::int64_t>& rows, std::string_view rule,
                        const KeepGoing& keep_going);

  /// Claims a message that was tried before; nothing if another flush was quicker, or if it fell
  /// apart because it was never complete: then its rows are free again. `pace`: the next message
  /// of this channel may not start earlier than that after this one.
  Claim claim(const OpenMessage& open, Timestamp now, std::chrono::milliseconds pace,
              const KeepGoing& keep_going);

  /// Makes one message of the groups, as far as no other flush has taken them.
  Claim claim(const std::vector<const AlertGroup*>& groups, Timestamp now,
              std::chrono::milliseconds pace, const KeepGoing& keep_going);

  void mark_sent(const ClaimedMessage& message, Timestamp now, const KeepGoing& keep_going);
  void mark_dead(const ClaimedMessage& message, const std::string& reason,
                 const KeepGoing& keep_going);

  /// A failure: pending again from `next_attempt` on.
  void mark_failed(const ClaimedMessage& message, const std::string& reason, Timestamp next_attempt,
                   const KeepGoing& keep_going);

  /// No failure: pending as before. An empty reason leaves last_error alone.
  void give_back(const ClaimedMessage& message, const std::string& reason,
                 const KeepGoing& keep_going);

  /// Nothing goes to the channel before that.
  void pause(Timestamp until, Timestamp now);

 private:
  template <typename Body>
  std::int64_t each_row(const std::vector<std::int64_t>& rows, const KeepGoing& keep_going,
                        const Body& body);
  void begin_sending(std::int64_t lead, Timestamp now);
  bool is_ours(std::int64_t lead);
  template <typename Change>
  bool conclude(std::int64_t lead, const Change& change);

  std::optional<Timestamp> pause_end(Timestamp now);
  void take_turn(Timestamp now, std::chrono::milliseconds pace);
  ClaimedMessage read_claimed(std::int64_t lead);

  class GroupsClaim;

  OutboxDatabase& database_;
  const std::string channel_;
  const Policy policy_;
  const std::string owner_;
  const AlertRenderer renderer_;
};

/// What became of the rows that a person named.
struct ChangeOutcome {
  std::vector<std::int64_t> done;
  std::vector<std::int64_t> unknown;  ///< no such row
  std::vector<std::int64_t> busy;     ///< being sent right now: left alone
};

/// Deletes rows. The rows that one of them stood for are free again. For `dblog outbox drop`.
[[nodiscard]] base::Result<ChangeOutcome> drop(const std::filesystem::path& database,
                                               const std::vector<std::int64_t>& rows,
                                               Timestamp now);

/// Makes rows pending and due, whatever became of them, with no failures counted. Their Message-ID
/// stays. For `dblog outbox replay`.
[[nodiscard]] base::Result<ChangeOutcome> replay(const std::filesystem::path& database,
                                                 const std::vector<std::int64_t>& rows,
                                                 Timestamp now);

/// replay() of all that is dead; how many rows. For `dblog flush --retry-dead`.
[[nodiscard]] base::Result<std::int64_t> replay_dead(const std::filesystem::path& database,
                                                     Timestamp now);

}  // namespace dblog::outbox
