#include "src/recovery/recovery.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "handlers/sqlite/crash_connection.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/text_buffer.hpp"
#include "src/recovery/box_file.hpp"
#include "src/recovery/dead_file.hpp"
#include "src/recovery/death_reason.hpp"
#include "src/recovery/file_limit.hpp"
#include "src/recovery/kernel_log.hpp"
#include "src/recovery/queue_import.hpp"
#include "src/recovery/scrubbed_record.hpp"
#include "src/recovery/waiting_files.hpp"
#include "src/schema/process_end.hpp"
#include "src/sqlite/database_place.hpp"

namespace dblog::recovery {
namespace {

constexpr std::int64_t kLockWaitNanoseconds = 2'000 * base::kNanosecondsPerMillisecond;
// What was begun gets so long in any case: a busy machine makes some way at each look, too.
constexpr std::int64_t kLeastNanoseconds = 100 * base::kNanosecondsPerMillisecond;

enum class Import { done, already_there, failed };

Import write(const crash::CrashRecord& record, crash::ProcessFacts& facts,
             std::int64_t give_up_at_ns, base::Error& error) {
  crash::ConnectionError reason;
  if (crash::write_crash(record, facts, give_up_at_ns, reason) != 0) {
    return Import::done;
  }
  if (reason.is_already_there) return Import::already_there;
  error.why = reason.text;
  return Import::failed;
}

void fill_killed_record(crash::CrashRecord& record, const BoxContent& box,
                        const Evidence& evidence) {
  const schema::Cause cause = cause_of_death(box, evidence);
  const bool is_killed = cause != schema::Cause::unmarked;
  record.kind = is_killed ? crash::CrashKind::killed : crash::CrashKind::ended;
  record.cause = cause;
  if (cause == schema::Cause::signal) record.killed_by = killing_signal(box, evidence);
  record.uuid = box.identity.process_uuid;
  record.process_uuid = box.identity.process_uuid;
  record.process_id = box.identity.process.id;
  // The time of death is not known, and readers overlook news with an old date; the message has the
  // rest.
  record.utc_microseconds = base::nanoseconds_of(CLOCK_REALTIME) / 1'000;
  base::TextBuffer message{record.message};
  message.untrusted(death_reason(box, cause, evidence));
  record.message_size = static_cast<std::uint32_t>(message.size());
}

// What may be no news at all, a reader that has read enough, and a quit key send no message.
bool is_usual_end(const crash::CrashRecord& record) noexcept {
  const bool is_killed = record.kind == crash::CrashKind::killed;
  return record.kind == crash::CrashKind::ended ||
         (is_killed && (record.killed_by == SIGPIPE || record.killed_by == SIGQUIT));
}

bool is_box_of(const std::filesystem::path& path, std::int32_t process) {
  const std::string mark = std::string{crash::kBoxInfix} + std::to_string(process) + '-';
  return process != 0 && path.filename().native().find(mark) != std::string::npos;
}

class Recovery {
 public:
  Recovery(const std::filesystem::path& database, std::chrono::milliseconds limit,
           const WaitedEnds& waited)
      : database_(database),
        waited_(waited),
        end_ns_(base::monotonic_nanoseconds() + std::chrono::nanoseconds{limit}.count()) {}

  [[nodiscard]] bool has_time() const noexcept { return base::monotonic_nanoseconds() < end_ns_; }

  void import(const std::filesystem::path& path) {
    base::Result<DeadBox> box = DeadBox::open(path);
    // Its process is dead: another one that looks at it sees who waits for it, and lets go.
    while (!box && box.error().code == base::ErrorCode::busy && is_box_of(path, waited_.first) &&
           has_time()) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      box = DeadBox::open(path);
    }
    if (box) {
      import(*box, path);
    } else if (box.error().code == base::ErrorCode::busy && DeadFile::is_being_imported(path)) {
      ++outcome_.being_imported;
    } else if (box.error().code != base::ErrorCode::busy &&
               box.error().code != base::ErrorCode::not_found) {
      outcome_.refused.push_back(box.error());
    }
  }

  [[nodiscard]] RecoveryOutcome& outcome() noexcept { return outcome_; }

 private:
  void import(DeadBox& box, const std::filesystem::path& path) {
    const BoxContent& content = box.content();
    const crash::ProcessFacts& facts = content.identity.facts;
    Evidence evidence = gather_evidence(content.identity.process, facts.executable,
                                        facts.hardware_sources.cgroup_directory);
    const Fate fate = fate_of(content.identity.process, facts.executable, evidence);
    if (fate == Fate::lives) return;
    const bool has_record = content.record_state == crash::RecordState::begun ||
                            content.record_state == crash::RecordState::complete;
    if (content.record_state == crash::RecordState::committed ||
        (!has_record && (fate == Fate::became_other || content.is_ended))) {
      if (!has_record && !note_end(content, fate)) return;  // the next one tries again
      ++outcome_.forgotten;
      box.remove();
      return;
    }
    auto record = std::make_unique<crash::CrashRecord>(content.record);
    scrub_record(*record);
    if (has_record && record->utc_microseconds != 0) {
      return finish(box, path, *record, outcome_.crashes);
    }
    const auto waited = waited_end(content, evidence);
    if (waited && !has_record && ended_by_own_will(*waited)) return forget_ended(box, *waited);
    if (waited) {
      evidence.waited_signal = waited->signal;
      evidence.is_memory_known = waited->is_out_of_memory;
    }
    evidence.is_in_kernel_log =
        process::is_same_boot(content.identity.process, evidence.process) &&
        was_killed_for_memory(
            content.identity.process,
            waited ? std::nullopt : std::optional{std::string_view{facts.executable}});
    fill_killed_record(*record, content, evidence);
    const bool is_killed = record->kind == crash::CrashKind::killed;
    note_last_sign(content);
    finish(box, path, *record, is_killed ? outcome_.killed : outcome_.ended);
  }

  [[nodiscard]] std::optional<WaitedEnd> waited_end(const BoxContent& content,
                                                    const Evidence& evidence) const {
    const crash::BlackBox::Identity& box = content.identity;
    if (!waited_.end_of || !process::is_same_boot(box.process, evidence.process)) return {};
    auto end = waited_.end_of(content);
    const bool is_of_box = end && box.process.id == end->process_id &&
                           box.installed_utc_microseconds >= end->started_utc_microseconds;
    return is_of_box ? end : std::nullopt;
  }

  [[nodiscard]] static bool ended_by_own_will(const WaitedEnd& end) noexcept {
    return end.signal == 0 || schema::is_request_to_end(end.signal);
  }

  // Past dblog, by system calls of its runtime's own.
  void forget_ended(DeadBox& box, const WaitedEnd& waited) {
    const auto how = waited.signal == 0 ? schema::ProcessEnd::exit : schema::ProcessEnd::signal;
    if (!write_end({how, base::nanoseconds_of(CLOCK_REALTIME) / 1'000}, box.content())) return;
    ++outcome_.forgotten;
    box.remove();
  }

  // What the process itself could not write, because the database was busy when it ended, or
  // because exec() gave it no time.
  [[nodiscard]] bool note_end(const BoxContent& content, Fate fate) {
    if (!content.is_ended) return true;
    const bool is_exec = fate == Fate::became_other;
    return write_end(
        {is_exec ? schema::ProcessEnd::exec : content.end, content.last_seen_utc_microseconds},
        content);
  }

  // Between its start and now, whatever the clock or the box's bytes say.
  void note_last_sign(const BoxContent& content) {
    const std::int64_t now = base::nanoseconds_of(CLOCK_REALTIME) / 1'000;
    const std::int64_t start =
        std::clamp<std::int64_t>(content.identity.facts.started_utc_microseconds, 0, now);
    write_end({schema::ProcessEnd::none, std::clamp(last_sign_of_life(content), start, now)},
              content);
  }

  bool write_end(const crash::ProcessEndNote& end, const BoxContent& content) {
    auto facts = facts_for(content);
    crash::ConnectionError ignored;
    return crash::write_process({content.identity.process_uuid, content.identity.process.id, &end},
                                *facts, give_up_at(), ignored);
  }

  [[nodiscard]] std::unique_ptr<crash::ProcessFacts> facts_for(const BoxContent& content) const {
    auto facts = std::make_unique<crash::ProcessFacts>(content.identity.facts);
    base::TextBuffer{facts->database} << database_.native();
    return facts;
  }

  [[nodiscard]] std::int64_t give_up_at() const noexcept {
    const std::int64_t now = base::monotonic_nanoseconds();
    return now + std::clamp(end_ns_ - now, kLeastNanoseconds, kLockWaitNanoseconds);
  }

  void finish(DeadBox& box, const std::filesystem::path& path, const crash::CrashRecord& record,
              int& counter) {
    auto facts = facts_for(box.content());
    if (is_usual_end(record)) facts->slack = facts->email = false;
    base::Error error{base::ErrorCode::io, path.string(), {}};
    switch (write(record, *facts, give_up_at(), error)) {
      case Import::done:
        ++counter;
        box.remove();
        break;
      case Import::already_there:
        ++outcome_.forgotten;
        box.remove();
        break;
      case Import::failed:
        outcome_.failed.push_back(std::move(error));
        break;
    }
  }

  std::filesystem::path database_;
  const WaitedEnds& waited_;
  std::int64_t end_ns_;
  RecoveryOutcome outcome_;
};

void add(QueueOutcome queues, RecoveryOutcome& outcome) {
  outcome.events += queues.events;
  outcome.left += queues.left;
  outcome.being_imported += queues.being_imported;
  std::move(queues.refused.begin(), queues.refused.end(), std::back_inserter(outcome.refused));
  std::move(queues.failed.begin(), queues.failed.end(), std::back_inserter(outcome.failed));
}

// Where the database is, without links. One that was moved away, perhaps because it could not be
// used, is created again if there is something for it.
base::Result<std::filesystem::path> find_or_make(const std::filesystem::path& database) {
  auto existing = sqlite::existing_database(database);
  const bool is_missing = !existing && existing.error().code == base::ErrorCode::not_found;
  if (is_missing && find_waiting_files(database).count() > 0) {
    return sqlite::prepare_database_place(database);
  }
  if (existing) {
    // The crash connection refuses it too, in fewer words.
    if (auto refused = sqlite::refuse_distrusted_files(*existing)) return *std::move(refused);
  }
  return existing;
}

// That of the process that was waited for comes first: there may be no time for others.
std::vector<std::filesystem::path> boxes_beside(const SidecarFiles& files, std::int32_t first) {
  std::vector<std::filesystem::path> boxes = files.with(crash::kBoxInfix);
  std::stable_partition(boxes.begin(), boxes.end(),
                        [&](const std::filesystem::path& path) { return is_box_of(path, first); });
  return boxes;
}

}  // namespace

std::string deleted_text(std::size_t deleted) {
  if (deleted == 0) return "";
  return "the oldest " + std::to_string(deleted) +
         " of the black boxes and queues beside it were deleted, with the crashes and events in "
         "them: more than " +
         std::to_string(kMostWaitingFiles) + " files or " +
         std::to_string(kMostWaitingBytes / 1024 / 1024) + " MB waited to be imported";
}

RecoveryOutcome recover(const std::filesystem::path& database, std::chrono::milliseconds limit,
                        const WaitedEnds& waited) {
  const auto end = sqlite::RetryBackoff::Clock::now() + limit;
  Recovery recovery{database, limit, waited};
  const SidecarFiles files{database};
  for (const auto& path : files.with(crash::kUnfinishedBoxInfix)) {
    remove_unfinished(path);
  }
  for (const std::filesystem::path& path : boxes_beside(files, waited.first)) {
    if (recovery.has_time()) {
      recovery.import(path);
    } else {
      ++recovery.outcome().left;
    }
  }
  add(import_queues(files, end), recovery.outcome());
  recovery.outcome().deleted = remove_beyond_limit(database, false).size();
  return std::move(recovery.outcome());
}

base::Result<RecoveryOutcome> open_and_recover(const std::filesystem::path& database,
                                               std::chrono::milliseconds limit,
                                               const WaitedEnds& waited) {
  const auto real = find_or_make(database);
  if (!real) return real.error();
  auto facts = std::make_unique<crash::ProcessFacts>();
  base::TextBuffer path{facts->database};
  path << real->native();
  if (path.is_cut()) {
    return base::Error{base::ErrorCode::invalid_argument, database.string(),
                       "the path is too long"};
  }
  crash::ConnectionError reason;
  if (!crash::open_crash_connection(*facts, reason)) {
    return base::Error{base::ErrorCode::io, database.string(), reason.text};
  }
  return recover(*real, limit, waited);
}

base::Result<std::int64_t> record_kill(const KilledProcess& killed) {
  const auto box = std::make_unique<BoxContent>();
  box->identity.process_uuid = killed.uuid;
  box->identity.process = killed.process;
  box->identity.installed_utc_microseconds = killed.facts.started_utc_microseconds;
  box->identity.oom_kills = killed.oom_kills;
  box->identity.facts = killed.facts;
  box->last_seen_utc_microseconds = killed.facts.started_utc_microseconds;
  Evidence evidence = gather_evidence(killed.process, killed.facts.executable,
                                      killed.facts.hardware_sources.cgroup_directory);
  evidence.waited_signal = killed.end.signal;
  evidence.is_in_kernel_log =
      killed.end.signal == SIGKILL && was_killed_for_memory(killed.process, std::nullopt);
  fill_killed_record(box->record, *box, evidence);
  auto facts = std::make_unique<crash::ProcessFacts>(killed.facts);
  if (is_usual_end(box->record)) facts->slack = facts->email = false;
  crash::ConnectionError reason;
  const std::int64_t id = crash::write_crash(
      box->record, *facts, base::monotonic_nanoseconds() + kLockWaitNanoseconds, reason);
  if (id != 0) return id;
  return base::Error{base::ErrorCode::io, killed.facts.database, reason.text};
}

void leave_database() noexcept { crash::abandon_crash_connection(); }

}  // namespace dblog::recovery
