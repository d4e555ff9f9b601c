// Rounds of finding, claiming, sending and concluding.
#include "src/outbox/channel_delivery.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "src/outbox/digest_members.hpp"
#include "src/outbox/due_time.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/group_state.hpp"
#include "src/schema/suppressed_by.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::outbox {
namespace {

using std::chrono::milliseconds;
using Groups = std::vector<const AlertGroup*>;

// Shorter pauses are the channel's pace; longer ones its server's wish.
constexpr std::chrono::seconds kLongestTurn{2};
constexpr std::chrono::milliseconds kLeastTimeToSend{1'000};
constexpr std::size_t kMaxReasonCharacters = 1'000;

}  // namespace

ChannelDelivery::ChannelDelivery(std::filesystem::path database, Channel channel,
                                 DeliveryOptions options, std::shared_ptr<DeliveryContext> context)
    : database_(std::move(database)),
      channel_(std::move(channel)),
      options_(std::move(options)),
      context_(std::move(context)) {
  report_.channel = channel_.name;
}

void ChannelDelivery::run() noexcept {
  std::optional<base::Error> error;
  try {
    if (const auto worked = work(); !worked) error = worked.error();
  } catch (const std::exception& failure) {
    error = base::Error{base::ErrorCode::io, channel_.name, failure.what()};
  }
  {
    const std::lock_guard lock(mutex_);
    report_.error = std::move(error);
    is_done_ = true;
  }
  const std::lock_guard lock(context_->mutex);
  --context_->running;
  context_->one_is_done.notify_all();
}

base::Result<bool> ChannelDelivery::work() {
  auto database = OutboxDatabase::open(database_);
  if (!database) return database.error();
  return (*database)->guarded([&] {
    OutboxQueue queue(**database, channel_.name, options_.policy, options_.renderer);
    queue.free_orphans(now());
    settle_all(**database, channel_.name, keep_going_);
    while (!is_over_ && may_begin() && round(queue, **database)) {
    }
    count_waiting((*database)->sqlite(), !may_begin() || (is_over_ && failures_in_a_row_ > 0));
    return true;
  });
}

// What is left, and why.
void ChannelDelivery::count_waiting(SQLite::Database& database, bool is_cut_short) {
  const Waiting waiting = look_at_waiting(database, channel_.name, now());
  count([&](ChannelReport& report) {
    report.waiting = waiting;
    report.left = is_cut_short ? waiting.due : 0;
    if (report.unconfigured > 0) report.unconfigured = waiting.alerts;
  });
}

// False when there was nothing to do that this flush could do.
bool ChannelDelivery::round(OutboxQueue& queue, OutboxDatabase& database) {
  const DueWork work = find_due(database.sqlite(), channel_.name, channel_.environments, now(),
                                options_.ignore_next_attempt);
  is_stale_ = false;
  bool any = retry(queue, work.open_messages);
  if (is_over_) return false;
  if (is_stale_) return true;
  any = suppress(queue, work.suppressed) || any;
  const Groups groups = choose(queue, database.sqlite(), work.groups, any);
  for (const Groups& message : messages_of(groups, options_.policy)) {
    if (is_over_ || !may_begin()) return false;
    any = deliver(queue, message) || any;
  }
  return any;
}

bool ChannelDelivery::retry(OutboxQueue& queue, const std::vector<OpenMessage>& messages) {
  bool any = false;
  for (const OpenMessage& message : messages) {
    if (is_over_ || !may_begin()) return false;
    if (tried_.insert(message.id).second) any = deliver(queue, message) || any;
  }
  return any;
}

bool ChannelDelivery::suppress(OutboxQueue& queue, const SuppressedRows& by_rule) {
  std::int64_t all = 0, of_other_environments = 0;
  for (const auto& [rule, rows] : by_rule) {
    const std::int64_t suppressed = queue.suppress(rows, rule, keep_going_);
    all += suppressed;
    if (rule == schema::kSuppressedByEnvironment) of_other_environments += suppressed;
  }
  if (all == 0) return false;
  count([&](ChannelReport& report) {
    report.suppressed += all;
    report.of_other_environments += of_other_environments;
  });
  return true;
}

// The groups whose time has come. The rows of the others get the time for which they wait.
Groups ChannelDelivery::choose(OutboxQueue& queue, SQLite::Database& database,
                               const std::vector<AlertGroup>& groups, bool& any_held) {
  Groups chosen;
  for (const AlertGroup& group : groups) {
    if (!may_begin()) break;
    const Timestamp present = now();
    const Decision decision =
        decide(group_state(database, channel_.name, group.key, present), group, present);
    if (decision.turn == Turn::send) chosen.push_back(&group);
    if (decision.turn != Turn::hold) continue;
    any_held = queue.hold(group.rows, decision.until, keep_going_) > 0 || any_held;
  }
  return chosen;
}

// True if something came of it.
template <typename Wanted>
bool ChannelDelivery::deliver(OutboxQueue& queue, const Wanted& wanted) {
  const Claim claimed = claim(queue, wanted);
  const std::optional<ClaimedMessage>& message = claimed.message;
  is_stale_ = is_stale_ || claimed.fell_apart;
  if (!message) return claimed.fell_apart;
  tried_.insert(message->lead);
  const auto began = DeliveryContext::Clock::now();
  const std::optional<notify::Answer> answer = send(*message);
  if (!answer) return false;
  conclude(queue, *message, *answer,
           std::chrono::duration_cast<milliseconds>(DeliveryContext::Clock::now() - began));
  return true;
}

template <typename Wanted>
Claim ChannelDelivery::claim(OutboxQueue& queue, const Wanted& wanted) {
  while (may_begin()) {
    Claim claim = queue.claim(wanted, now(), channel_.pace, keep_going_);
    if (!claim.wait_until) return claim;
    if (*claim.wait_until - now() > kLongestTurn) {
      count([&](ChannelReport& report) { report.paused_until = claim.wait_until; });
      is_over_ = true;
      return {};
    }
    if (!wait_until(*claim.wait_until)) return {};
  }
  return {};
}

// Nothing if the message was taken from us meanwhile.
std::optional<notify::Answer> ChannelDelivery::send(const ClaimedMessage& message) {
  {
    const std::lock_guard lock(mutex_);
    if (is_abandoned_) return std::nullopt;
    claimed_ = message;
  }
  const auto give_up_at =
      std::min(DeliveryContext::Clock::now() + options_.policy.send_limit, context_->time_limit);
  notify::Answer answer = channel_.sender->send(message.message, give_up_at);
  answer.reason = text::one_line(answer.reason, kMaxReasonCharacters);
  const std::lock_guard lock(mutex_);
  claimed_.reset();
  if (is_abandoned_) return std::nullopt;
  return answer;
}

void ChannelDelivery::conclude(OutboxQueue& queue, const ClaimedMessage& message,
                               const notify::Answer& answer, milliseconds took) {
  switch (answer.verdict) {
    case notify::Verdict::sent:
      failures_in_a_row_ = 0;
      persist([&] { queue.mark_sent(message, now(), keep_going_); });
      return count([&](ChannelReport& report) {
        ++report.sent;
        report.alerts += message.alerts;
      });
    case notify::Verdict::try_again:
      return fail(queue, message, answer, took);
    case notify::Verdict::not_configured:
      is_over_ = true;
      persist([&] { queue.give_back(message, answer.reason, keep_going_); });
      return count([&](ChannelReport& report) {
        report.unconfigured = 1;
        report.last_error = answer.reason;
      });
    case notify::Verdict::refused:
      persist([&] { queue.mark_dead(message, answer.reason, keep_going_); });
      return count([&](ChannelReport& report) {
        ++report.dead;
        report.last_error = answer.reason;
      });
  }
}

void ChannelDelivery::fail(OutboxQueue& queue, const ClaimedMessage& message,
                           const notify::Answer& answer, milliseconds took) {
  const Policy& policy = options_.policy;
  const Timestamp present = now();
  const int failures = static_cast<int>(std::min<std::int64_t>(message.attempts + 1, 1'000'000));
  const auto created = parse_date(message.message.created).value_or(present);
  const bool is_dead = is_exhausted(policy, failures, created, present) ||
                       (answer.is_no_answer && failures >= policy.max_tries_without_answer);
  milliseconds wait =
      wait_after(policy, failures, std::uniform_real_distribution<double>{0, 1}(random_));
  if (answer.retry_after) {
    const auto pause = bounded_pause(*answer.retry_after);
    persist([&] { queue.pause(present + pause, present); });
    wait = std::max<milliseconds>(wait, pause);
  }
  persist([&] {
    if (is_dead) return queue.mark_dead(message, answer.reason, keep_going_);
    queue.mark_failed(message, answer.reason, present + wait, keep_going_);
  });
  ++failures_in_a_row_;
  is_over_ =
      is_over_ || failures_in_a_row_ >= policy.failures_in_a_row || took >= policy.slow_failure;
  count([&](ChannelReport& report) {
    ++(is_dead ? report.dead : report.failed);
    report.last_error = answer.reason;
  });
}

// What a server said must not be forgotten because another process has the database locked:
// a message would go out twice.
void ChannelDelivery::persist(const std::function<void()>& conclusion) {
  while (true) {
    try {
      return conclusion();
    } catch (const SQLite::Exception& failure) {
      constexpr int kBusy = 5;  // SQLITE_BUSY
      if (failure.getErrorCode() != kBusy || DeliveryContext::Clock::now() >= context_->hard_limit)
        throw;
    }
  }
}

void ChannelDelivery::count(const std::function<void(ChannelReport&)>& change) {
  ChannelReport present;
  {
    const std::lock_guard lock(mutex_);
    change(report_);
    present = report_;
  }
  const std::lock_guard lock(context_->mutex);
  if (context_->is_watched) options_.on_progress(present);
}

void ChannelDelivery::abandon() noexcept {
  std::optional<ClaimedMessage> message;
  {
    const std::lock_guard lock(mutex_);
    is_abandoned_ = true;
    message = claimed_;
  }
  // Should this fail, the lease ends with the process.
  auto database = OutboxDatabase::open(database_);
  if (!database) return;
  (void)(*database)->guarded([&] {
    OutboxQueue queue(**database, channel_.name, options_.policy);
    if (message) queue.give_back(*message, "", [] { return false; });
    count_waiting((*database)->sqlite(), true);
    return true;
  });
}

bool ChannelDelivery::is_done() const {
  const std::lock_guard lock(mutex_);
  return is_done_;
}

ChannelReport ChannelDelivery::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

bool ChannelDelivery::may_begin() const {
  return !context_->is_stopping.load() &&
         DeliveryContext::Clock::now() + kLeastTimeToSend < context_->time_limit;
}

bool ChannelDelivery::may_go_on() const {
  return !context_->is_stopping.load() && DeliveryContext::Clock::now() < context_->hard_limit;
}

bool ChannelDelivery::wait_until(Timestamp time) {
  constexpr milliseconds kStep{20};
  for (Timestamp present = now(); present < time; present = now()) {
    if (!may_begin()) return false;
    std::this_thread::sleep_for(std::min<Timestamp::duration>(kStep, time - present));
  }
  return true;
}

}  // namespace dblog::outbox
