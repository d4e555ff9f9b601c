// dblog flush: once, or for as long as it may watch.
#include "tools/dblog/flush.hpp"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "src/outbox/database_watch.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "src/recovery/recovery.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/read_connection.hpp"
#include "tools/dblog/flush_dry_run.hpp"
#include "tools/dblog/flush_lock.hpp"
#include "tools/dblog/flush_report.hpp"
#include "tools/dblog/prune.hpp"
#include "tools/dblog/service_ends.hpp"
#include "tools/dblog/standby.hpp"
#include "tools/dblog/stop_signals.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Together below a minute, whatever black boxes, names and servers do.
constexpr std::chrono::seconds kRecoverLimit{5};
constexpr std::chrono::seconds kCompleteLimit{10};
constexpr std::chrono::seconds kJournalLimit{5};
constexpr std::chrono::seconds kSendLimit{45};
constexpr std::chrono::seconds kHardLimit{53};
constexpr std::chrono::seconds kPruneLimit{3};
constexpr std::chrono::seconds kWholeLimit{58};

// What fails for these reasons leaves traces by which a watch wakes, such as a log that was begun
// again: another try at once would fail as well, and so on without end.
bool is_refusal(const base::Error& error) {
  return error.code == base::ErrorCode::disk_full || error.code == base::ErrorCode::busy ||
         error.code == base::ErrorCode::io;
}

class Flush {
 public:
  Flush(std::filesystem::path database, const FlushOptions& options, const FlushParts& parts,
        const StopSignals& stop)
      : database_(std::move(database)), options_(options), parts_(parts), stop_(stop) {}

  /// One round: import, complete, send.
  base::Result<FlushReport> once() {
    const auto start = Clock::now();
    FlushReport report;
    recover(report, start);
    if (!stop_.have_come()) complete(report, start);
    if (!stop_.have_come() && parts_.write_journal) write_journal(report, start);
    if (options_.retry_dead && !has_revived_) {
      const auto revived = outbox::replay_dead(database_, dblog::now());
      if (!revived) return revived.error();
      report.revived = *revived;
      has_revived_ = true;
    }
    const auto outcome = outbox::deliver(database_, channels(), delivery_options(start));
    options_.show_progress("");
    if (!outcome) return outcome.error();
    report.channels = outcome->channels;
    report.is_stopped = outcome->is_stopped;
    is_abandoned_ = is_abandoned_ || outcome->is_abandoned;
    rest_unconfigured(report.channels);
    if (!is_abandoned_) prune(report, start);
    note_refusal(report);
    return report;
  }

  /// No round goes on after that.
  void end_at(Clock::time_point end) { end_ = end; }

  [[nodiscard]] bool is_abandoned() const noexcept { return is_abandoned_; }

 private:
  [[nodiscard]] milliseconds left_of(std::chrono::seconds limit, Clock::time_point start) const {
    const auto until = std::min(start + limit, end_);
    return std::max(std::chrono::duration_cast<milliseconds>(until - Clock::now()),
                    milliseconds{0});
  }

  // The first time opens the crash connection, which stays open.
  void recover(FlushReport& report, Clock::time_point start) {
    const milliseconds limit = left_of(kRecoverLimit, start);
    recovery::RecoveryOutcome outcome;
    if (has_recovered_) {
      outcome = recovery::recover(database_, limit, ends_of_services());
    } else if (const auto first =
                   recovery::open_and_recover(database_, limit, ends_of_services())) {
      outcome = *first;
      has_recovered_ = true;
    } else {
      add_problem(report, "not recovered: ", first.error());
    }
    report.recovered = outcome.crashes + outcome.killed + outcome.ended;
    for (const base::Error& error : outcome.failed) {
      add_problem(report, "not recovered: ", error);
    }
  }

  void complete(FlushReport& report, Clock::time_point start) {
    const auto limit = std::min<milliseconds>(kCompleteLimit, left_of(kSendLimit, start));
    const auto error = parts_.complete_crashes(database_, limit);
    if (error) add_problem(report, "crashes were not named: ", *error);
  }

  void write_journal(FlushReport& report, Clock::time_point start) {
    const auto limit = std::min<milliseconds>(kJournalLimit, left_of(kSendLimit, start));
    const auto sent = parts_.write_journal(database_, limit);
    if (!sent) return add_problem(report, "journal: ", sent.error());
    report.journaled = *sent;
  }

  // What there is no time for now is for the next round, or the next flush.
  void prune(FlushReport& report, Clock::time_point start) {
    const auto limit = std::min<milliseconds>(kPruneLimit, left_of(kWholeLimit, start));
    const auto pruned =
        prune_a_little(database_, options_.env_file, limit, [this] { return stop_.have_come(); });
    if (!pruned) return add_problem(report, "not pruned: ", pruned.error());
    for (const auto& table : pruned->report.tables) report.pruned += table.rows;
    for (const std::string& line : pruned->report.left) {
      report.problems.push_back("not pruned: " + line);
    }
    report.held_bytes = pruned->report.is_over_limit ? pruned->report.held_bytes : 0;
  }

  static void add_problem(FlushReport& report, const char* what, const base::Error& error) {
    report.problems.push_back(what + error.text());
    report.is_refused = report.is_refused || is_refusal(error);
  }

  static void note_refusal(FlushReport& report) {
    for (const outbox::ChannelReport& channel : report.channels) {
      report.is_refused = report.is_refused || (channel.error && is_refusal(*channel.error));
    }
  }

  // A channel without settings is asked again after a while, not at every change of the database.
  std::vector<outbox::Channel> channels() {
    std::vector<outbox::Channel> all = parts_.make_channels();
    std::erase_if(all, [this](const outbox::Channel& channel) {
      const auto rest = resting_.find(channel.name);
      return rest != resting_.end() && Clock::now() < rest->second;
    });
    return all;
  }

  void rest_unconfigured(const std::vector<outbox::ChannelReport>& reports) {
    constexpr std::chrono::minutes kRest{1};
    for (const outbox::ChannelReport& report : reports) {
      resting_.erase(report.channel);
      if (report.unconfigured > 0) resting_[report.channel] = Clock::now() + kRest;
    }
  }

  outbox::DeliveryOptions delivery_options(Clock::time_point start) {
    outbox::DeliveryOptions delivery;
    delivery.ignore_next_attempt = options_.now;
    delivery.policy.max_tries = options_.max_tries;
    delivery.policy.max_age = std::chrono::hours{24} * options_.max_days;
    delivery.time_limit = left_of(kSendLimit, start);
    delivery.hard_limit = left_of(kHardLimit, start);
    delivery.should_stop = [this] { return stop_.have_come(); };
    if (parts_.make_renderer) delivery.renderer = parts_.make_renderer(database_);
    delivery.on_progress = [this](const outbox::ChannelReport& report) {
      options_.show_progress(progress_line(report));
    };
    return delivery;
  }

  const std::filesystem::path database_;
  const FlushOptions& options_;
  const FlushParts& parts_;
  const StopSignals& stop_;
  Clock::time_point end_ = Clock::time_point::max();
  std::map<std::string, Clock::time_point> resting_;
  bool has_recovered_ = false;
  bool has_revived_ = false;
  bool is_abandoned_ = false;
};

std::string report_output(const FlushReport& report, const FlushOptions& options) {
  return options.json ? report_json(report, options.watch) : report_text(report);
}

struct Sleep {
  milliseconds time = std::chrono::minutes{1};
  bool is_worth_staying = false;  ///< Also for a flush that lingers.
};

// Until the next row is due, for a minute at most: black boxes, pauses and settings change without
// a commit.
base::Result<Sleep> time_to_sleep(outbox::DatabaseWatch& watch,
                                  const std::vector<outbox::Channel>& channels) {
  Sleep sleep;
  const milliseconds longest = sleep.time;
  const Timestamp now = dblog::now();
  for (const outbox::Channel& channel : channels) {
    const auto retry = watch.next_due(channel.name, now);
    const auto lease = watch.next_lease_end(channel.name, now);
    if (!retry || !lease) return retry ? lease.error() : retry.error();
    for (const auto& next : {*retry, *lease}) {
      if (!next) continue;
      const auto until = std::chrono::ceil<milliseconds>(*next - now);
      sleep.time = std::min(sleep.time, std::max(until, milliseconds{1}));
    }
    // A server that was away for a moment is asked again: its messages are due soon. What another
    // process has claimed is free again in two minutes, should that one be stopped.
    sleep.is_worth_staying =
        sleep.is_worth_staying || *lease || (*retry && **retry - now < longest);
  }
  return sleep;
}

// The database changes by a round's own work too: the next round finds nothing to do and changes
// nothing, and then it is quiet.
Outcome watch(Flush& flush, outbox::DatabaseWatch& watch, const FlushOptions& options,
              const FlushParts& parts, const StopSignals& stop) {
  constexpr std::chrono::seconds kAfterRefusal{10};
  while (!stop.have_come() && !flush.is_abandoned()) {
    const auto before = watch.version();
    const auto report = flush.once();
    if (!report) return query_failure(report.error());
    if (has_news(*report)) options.print(report_output(*report, options));
    const auto after = watch.version();
    if (!before || !after) return query_failure(before ? after.error() : before.error());
    if (report->is_refused) {
      watch.pause(kAfterRefusal, stop.descriptor());
      continue;
    }
    if (*before != *after) continue;
    const auto sleep = time_to_sleep(watch, parts.make_channels());
    if (!sleep) return query_failure(sleep.error());
    watch.wait(sleep->time, stop.descriptor());
  }
  return {};
}

// How long a flush that lingers may still stay.
struct LingerWindow {
  LingerWindow(const FlushOptions& options, milliseconds longest)
      : linger(*options.linger_seconds), end(Clock::now() + longest) {}

  /// After the last thing that was done; what failed or found nothing does not count.
  [[nodiscard]] milliseconds rest() const {
    const auto until = std::min(last_work + linger, end);
    return std::chrono::ceil<milliseconds>(until - Clock::now());
  }
  [[nodiscard]] bool is_over() const { return Clock::now() >= end; }
  [[nodiscard]] milliseconds at_most_to_the_end(milliseconds wait) const {
    return std::min(wait, std::chrono::ceil<milliseconds>(end - Clock::now()));
  }

  const std::chrono::seconds linger;
  const Clock::time_point end;
  Clock::time_point last_work = Clock::now();
};

// Without a lock that can be trusted nothing limits how many do this at once: a program that starts
// and crashes in a loop adds some with each turn. After a crash one round is enough; a
// program that pushes relies on the tool being there for two seconds (src/api/tool_delivery.cpp).
milliseconds longest_without_lock(const FlushOptions& options) {
  constexpr milliseconds kAfterPush{3'000};
  return options.after != 0 ? milliseconds{0} : std::min(options.longest_linger, kAfterPush);
}

// As a program starts it: one round for what is there, and more for what comes meanwhile.
Outcome linger(Flush& flush, outbox::DatabaseWatch& watch, std::optional<FlushLock>& lock,
               LingerWindow window, const FlushParts& parts, const StopSignals& stop) {
  constexpr std::chrono::seconds kAfterRefusal{1};
  const auto show_progress = [&lock] {
    if (lock) lock->show_progress();
  };
  Outcome outcome;
  bool is_first = true;
  while (!stop.have_come() && !flush.is_abandoned() &&
         (std::exchange(is_first, false) || !window.is_over())) {
    show_progress();
    const auto before = watch.version();
    const auto newest = watch.newest_message();
    const auto report = flush.once();
    if (!report) return query_failure(report.error());
    outcome.exit_code = exit_code_of(*report);
    if (has_done_something(*report)) window.last_work = Clock::now();
    const auto after = watch.version();
    const auto sleep = time_to_sleep(watch, parts.make_channels());
    for (const auto* failed : {&before, &newest, &after}) {
      if (!*failed) return query_failure(failed->error());
    }
    if (!sleep) return query_failure(sleep.error());
    show_progress();
    const milliseconds rest = window.rest();
    if (report->is_refused) {
      if (rest <= milliseconds{0}) break;
      watch.pause(std::min<milliseconds>(rest, kAfterRefusal), stop.descriptor());
      continue;
    }
    if (*before != *after && rest > milliseconds{0}) continue;
    if (rest > milliseconds{0} || sleep->is_worth_staying) {
      const milliseconds wait = sleep->is_worth_staying ? sleep->time : std::min(sleep->time, rest);
      watch.wait(std::max(window.at_most_to_the_end(wait), milliseconds{0}), stop.descriptor());
      continue;
    }
    if (lock) lock->release();
    const auto at_the_end = watch.newest_message();
    if (!at_the_end || *at_the_end == *newest || (lock && !lock->retake())) break;
  }
  return outcome;
}

// A watching flush may be started before the program that makes the database. False when stopped.
bool wait_until_there(const std::filesystem::path& database, const FlushOptions& options,
                      const StopSignals& stop) {
  constexpr std::chrono::milliseconds kBetweenLooks{250};
  const std::filesystem::path directory = std::filesystem::absolute(database).parent_path();
  bool is_said = false;
  std::error_code error;
  while (!std::filesystem::exists(database, error) && !error &&
         std::filesystem::is_directory(directory, error)) {
    if (!std::exchange(is_said, true)) options.print(absent_text(database.string(), options.json));
    if (stop.wait(kBetweenLooks)) return false;
  }
  return true;
}

Outcome run_lingering(Flush& flush, const std::filesystem::path& database,
                      const FlushOptions& options, const FlushParts& parts,
                      const StopSignals& stop) {
  auto taken = FlushLock::take(database, stop);
  std::optional<FlushLock> lock;
  if (taken) {
    if (!*taken) return {};
    lock.emplace(std::move(**taken));
  }
  const auto watched = outbox::DatabaseWatch::open(database);
  if (!watched) return open_failure(watched.error());
  // Not before its turn: a tool that waits for it has promised to look for messages.
  const LingerWindow window(options, lock ? options.longest_linger : longest_without_lock(options));
  if (lock) flush.end_at(window.end);
  Outcome outcome = linger(flush, **watched, lock, window, parts, stop);
  if (!taken && outcome.error.empty()) {
    outcome.error = taken.error().text() + "; done without it, beside others that may do the same";
  }
  return outcome;
}

Outcome flush_and_stand_by(const std::filesystem::path& database, const FlushOptions& options,
                           const FlushParts& parts, const StopSignals& stop) {
  Standby standby(database);
  while (true) {
    Flush flush(database, options, parts, stop);
    Outcome outcome = run_lingering(flush, database, options, parts, stop);
    outcome.must_leave_at_once = flush.is_abandoned();
    if (flush.is_abandoned() || stop.have_come()) return outcome;
    if (!standby.begin() || !standby.wait(parts, stop)) return outcome;
  }
}

}  // namespace

Outcome flush(const std::filesystem::path& database, const FlushOptions& options,
              const FlushParts& parts, const StopSignals& stop) {
  if (options.watch && !wait_until_there(database, options, stop)) return {};
  // What is no database is found out by a connection that cannot write.
  if (const auto readable = sqlite::ReadConnection::open(database); !readable) {
    return open_failure_beside_files(readable.error(), database);
  }
  const auto existing = sqlite::existing_database(database);
  if (!existing) return open_failure(existing.error());
  const std::filesystem::path& path = *existing;
  if (options.dry_run) return flush_dry_run(path, options, parts);
  constexpr std::chrono::seconds kDying{5};
  if (options.after != 0) wait_for_end_of(options.after, kDying, stop);
  if (options.linger_seconds) return flush_and_stand_by(path, options, parts, stop);
  Flush flush(path, options, parts, stop);
  Outcome outcome;
  if (options.watch) {
    const auto watched = outbox::DatabaseWatch::open(path);
    if (!watched) return open_failure(watched.error());
    outcome = watch(flush, **watched, options, parts, stop);
  } else {
    const auto report = flush.once();
    if (!report) return query_failure(report.error());
    outcome = {exit_code_of(*report), report_output(*report, options), ""};
  }
  outcome.must_leave_at_once = flush.is_abandoned();
  return outcome;
}

}  // namespace dblog::tool
