// Claiming: when a channel may send, which rows a message gets, and its text.
#include <algorithm>
#include <utility>

#include "src/outbox/digest_text.hpp"
#include "src/outbox/due_time.hpp"
#include "src/outbox/group_state.hpp"
#include "src/outbox/kept_parts.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "src/outbox/sample_lines.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/row_scrubbing.hpp"
#include "src/sqlite/stored_time.hpp"

namespace dblog::outbox {
namespace {

constexpr const char* kIsFree =
    "SELECT 1 FROM outbox o LEFT JOIN outbox_folds f ON f.outbox_id = o.id "
    "LEFT JOIN outbox c ON c.id = f.carrier_id WHERE o.id = ?1 AND o.state = 'pending' AND "
    "(c.state IS NULL OR c.state NOT IN ('pending', 'sending')) AND "
    "NOT EXISTS (SELECT 1 FROM outbox_digests d WHERE d.carrier_id = f.carrier_id AND "
    "d.is_settled = 0)";
constexpr const char* kIsPending =
    "SELECT 1 FROM outbox WHERE id = ?1 AND state = 'pending' AND attempts = ?2";
constexpr const char* kIsIncomplete =
    "SELECT 1 FROM outbox_folds WHERE carrier_id = ?1 AND NOT EXISTS "
    "(SELECT 1 FROM outbox_digests d WHERE d.carrier_id = ?1 AND d.is_settled = 0) LIMIT 1";
constexpr const char* kOpenGroup =
    "INSERT INTO outbox_groups (channel, fingerprint, carrier_id, ends) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (channel, fingerprint) DO UPDATE SET carrier_id = excluded.carrier_id";
constexpr const char* kCloseGroup =
    "UPDATE outbox_groups SET carrier_id = NULL WHERE channel = ?1 AND fingerprint = ?2 AND "
    "carrier_id = ?3";
constexpr const char* kAlert = "SELECT * FROM outbox WHERE id = ?1";
constexpr const char* kInsertDigest =
    "INSERT OR REPLACE INTO outbox_digests (carrier_id, subject, body, alerts) "
    "VALUES (?1, ?2, ?3, ?4)";

// bounded_pause(), with some room.
constexpr std::chrono::hours kLongestPause{25};

// Of a digest's rows so many of the first are looked at for samples.
constexpr std::size_t kRowsForSamples = 50;
constexpr std::size_t kSamples = 5;
constexpr std::size_t kRoomOfSample = 1'000;
constexpr const char* kMessage =
    "SELECT o.uuid, coalesce(d.subject, o.subject), coalesce(d.body, o.body), o.created, "
    "o.attempts, coalesce(d.alerts, 1), d.carrier_id FROM outbox o LEFT JOIN outbox_digests d ON "
    "d.carrier_id = o.id AND d.is_settled = 0 WHERE o.id = ?1";

}  // namespace

/// The making of one message, in as many transactions as its rows need.
class OutboxQueue::GroupsClaim {
 public:
  GroupsClaim(OutboxQueue& queue, const std::vector<const AlertGroup*>& groups, Timestamp now)
      : queue_(queue), database_(queue.database_), groups_(groups), now_(now) {}

  /// Finds a lead, and opens every group that is still to be had; false if none is.
  bool begin() {
    for (const AlertGroup* group : groups_) {
      const GroupState state = group_state(database_.sqlite(), queue_.channel_, group->key, now_);
      if (decide(state, *group, now_).turn != Turn::send) continue;
      if (lead_ == 0 && !find_lead(*group)) continue;
      KindInMessage kind{.group = group};
      if (state.messages > 0) kind.more_since = state.last_sent;
      kinds_.push_back(kind);
    }
    if (lead_ == 0) return false;
    database_.execute("DELETE FROM outbox_folds WHERE outbox_id = ?1", lead_);
    for (const KindInMessage& kind : kinds_) {
      database_.execute(kOpenGroup, queue_.channel_, kind.group->key, lead_,
                        now_.time_since_epoch().count());
    }
    return true;
  }

  /// Adds some members more; true when all are.
  bool add_batch() {
    for (std::int64_t i = 0; at_kind_ < kinds_.size() && i < kBatch; ++i) {
      KindInMessage& kind = kinds_[at_kind_];
      const std::int64_t row = kind.group->rows[at_row_];
      if (row == lead_ || add_member(database_, row, lead_)) {
        ++kind.alerts;
        if (kind.looked_at.size() <= kRowsForSamples) kind.looked_at.push_back(row);
        kind.last_row = row;
      }
      if (++at_row_ == kind.group->rows.size()) {
        at_row_ = 0;
        ++at_kind_;
      }
    }
    return at_kind_ == kinds_.size();
  }

  /// The message's text, unless it is just that of its only row. From now on it stays.
  void compose() {
    std::vector<GroupPart> parts;
    std::int64_t alerts = 0;
    const auto has_alerts = [](const KindInMessage& kind) { return kind.alerts > 0; };
    const bool is_shared = std::count_if(kinds_.begin(), kinds_.end(), has_alerts) > 1;
    for (const KindInMessage& kind : kinds_) {
      if (!has_alerts(kind)) {
        database_.execute(kCloseGroup, queue_.channel_, kind.group->key, lead_);
        continue;
      }
      alerts += kind.alerts;
      parts.push_back(part_of(kind, is_shared));
    }
    const bool is_plain = alerts == 1 && (!parts.front().more_since || is_resent());
    if (is_plain && !is_rendered_ && !parts.front().has_regressed) return;
    if (is_plain) {
      const GroupPart& part = parts.front();
      keep_text(with_regression(part, part.subject), part.text, 1);
      return;
    }
    const DigestText text =
        parts.size() == 1 ? digest_of_one(parts.front(), now_) : digest_of_many(parts, now_);
    keep_text(text.subject, text.text, alerts);
  }

  [[nodiscard]] std::int64_t lead() const noexcept { return lead_; }

 private:
  struct KindInMessage {
    const AlertGroup* group;
    std::optional<Timestamp> more_since;
    std::int64_t alerts = 0;
    std::vector<std::int64_t> looked_at;  ///< Its first rows.
    std::int64_t last_row = 0;
  };

  bool find_lead(const AlertGroup& group) {
    const auto& rows = group.rows;
    const auto free = std::find_if(rows.begin(), rows.end(), [&](std::int64_t row) {
      return database_.number(kIsFree, 0, row) != 0;
    });
    if (free != rows.end()) lead_ = *free;
    return free != rows.end();
  }

  void keep_text(const std::string& subject, const text::LaidOutText& text, std::int64_t alerts) {
    database_.execute(kInsertDigest, lead_, subject, text.body, alerts);
    keep_parts(database_, lead_, text.parts);
  }

  [[nodiscard]] bool is_resent() const { return kinds_.front().group->is_resent; }

  sqlite::Row stored_alert(std::int64_t id) {
    const sqlite::StatementUse row(database_.prepared(kAlert));
    row->bind(1, id);
    sqlite::Row alert = row->executeStep() ? sqlite::current_row(*row) : sqlite::Row{};
    if (sqlite::scrub_row(alert)) is_rendered_ = true;
    return alert;
  }

  GroupPart part_of(const KindInMessage& kind, bool is_shared) {
    const sqlite::Row alert = stored_alert(kind.looked_at.front());
    GroupPart part{.subject = alert.text("subject").value_or(""),
                   .text = {alert.text("body").value_or(""), {}},
                   .alerts = kind.alerts,
                   .first_created = kind.group->first_created,
                   .last_created = kind.group->last_created,
                   .more_since = kind.more_since};
    part.has_regressed = kind.group->has_regressed;
    part.samples = samples_of(kind, part, is_shared);
    if (const auto table = alert.text("source_table")) {
      part.id = *table + '/' + alert.text("source_id").value_or("0");
    }
    // What has no facts beside it is complete: another program's, or of an older version.
    const bool has_facts = alert.integer("utc_offset").has_value();
    if (queue_.renderer_ && has_facts) {
      is_rendered_ = true;
      RenderedAlert text = queue_.renderer_(alert, is_shared ? Extent::brief : Extent::whole);
      part.subject = std::move(text.subject);
      part.text = std::move(text.text);
    }
    return part;
  }

  std::vector<std::string> samples_of(const KindInMessage& kind, const GroupPart& first,
                                      bool is_shared) {
    SampleLines samples(first.subject, first.text.body, is_shared ? kSamplesInShared : kSamples,
                        is_shared ? kRoomOfSharedSample : kRoomOfSample);
    const auto add = [&](std::int64_t row) {
      const sqlite::Row alert = stored_alert(row);
      samples.add(alert.text("subject").value_or(""), alert.text("body").value_or(""));
    };
    for (const std::int64_t row : kind.looked_at) {
      if (samples.is_full()) break;
      add(row);
    }
    add(kind.last_row);
    return samples.take();
  }

  OutboxQueue& queue_;
  OutboxDatabase& database_;
  const std::vector<const AlertGroup*>& groups_;
  const Timestamp now_;
  std::int64_t lead_ = 0;
  std::vector<KindInMessage> kinds_;
  bool is_rendered_ = false;  ///< Some text says more than its row.
  std::size_t at_kind_ = 0;
  std::size_t at_row_ = 0;
};

std::optional<Timestamp> OutboxQueue::pause_end(Timestamp now) {
  const Timestamp until =
      time_of(database_.number("SELECT until FROM outbox_pauses WHERE channel = ?1", 0, channel_));
  return sqlite::lies_ahead(until, now, kLongestPause) ? std::optional(until) : std::nullopt;
}

void OutboxQueue::pause(Timestamp until, Timestamp now) {
  database_.write([&] {
    const Timestamp known = pause_end(now).value_or(until);
    database_.execute("INSERT OR REPLACE INTO outbox_pauses (channel, until) VALUES (?1, ?2)",
                      channel_, microseconds_of(std::max(known, until)));
  });
}

void OutboxQueue::take_turn(Timestamp now, std::chrono::milliseconds pace) {
  if (pace.count() <= 0) return;
  database_.execute("INSERT OR REPLACE INTO outbox_pauses (channel, until) VALUES (?1, ?2)",
                    channel_, microseconds_of(now + pace));
}

Claim OutboxQueue::claim(const OpenMessage& open, Timestamp now, std::chrono::milliseconds pace,
                         const KeepGoing& keep_going) {
  Claim claim;
  database_.write([&] {
    claim.wait_until = pause_end(now);
    if (claim.wait_until || database_.number(kIsPending, 0, open.id, open.attempts) == 0) return;
    claim.fell_apart = database_.number(kIsIncomplete, 0, open.id) != 0;
    if (claim.fell_apart) return;
    begin_sending(open.id, now);
    take_turn(now, pace);
    claim.message = read_claimed(open.id);
  });
  if (claim.fell_apart) take_apart(database_, open.id, keep_going);
  return claim;
}

Claim OutboxQueue::claim(const std::vector<const AlertGroup*>& groups, Timestamp now,
                         std::chrono::milliseconds pace, const KeepGoing& keep_going) {
  GroupsClaim making(*this, groups, now);
  Claim claim;
  bool is_complete = false;
  database_.write([&] {
    claim.wait_until = pause_end(now);
    if (claim.wait_until || !making.begin()) return;
    begin_sending(making.lead(), now);
    take_turn(now, pace);
    is_complete = making.add_batch();
    if (is_complete) making.compose();
  });
  if (making.lead() == 0) return claim;
  while (!is_complete) {
    if (!keep_going()) {
      give_back({.lead = making.lead()}, "", keep_going);
      return claim;
    }
    const bool is_lost = database_.write([&] {
      // Stopped for so long (SIGSTOP, a sleeping machine) that another flush has it by now.
      if (!is_ours(making.lead())) return true;
      is_complete = making.add_batch();
      if (is_complete) making.compose();
      return false;
    });
    if (is_lost) return claim;
  }
  claim.message = read_claimed(making.lead());
  return claim;
}

ClaimedMessage OutboxQueue::read_claimed(std::int64_t lead) {
  const sqlite::StatementUse row(database_.prepared(kMessage));
  row->bind(1, lead);
  ClaimedMessage message{.lead = lead};
  if (!row->executeStep()) return message;
  message.message = {row->getColumn(0).getString(), row->getColumn(1).getString(),
                     row->getColumn(2).getString(), row->getColumn(3).getString()};
  message.attempts = row->getColumn(4).getInt64();
  message.alerts = row->getColumn(5).getInt64();
  if (!row->isColumnNull(6)) message.message.parts = kept_parts(database_, lead);
  return message;
}

}  // namespace dblog::outbox
