#include "src/recovery/recovery.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <iterator>
#include <string>
#include <system_error>

#include "handlers/sqlite/crash_connection.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/text_buffer.hpp"
#include "src/recovery/box_file.hpp"
#include "src/recovery/dead_file.hpp"
#include "src/recovery/death_reason.hpp"
#include "src/recovery/file_limit.hpp"
#include "src/recovery/queue_import.hpp"
#include "src/recovery/waiting_files.hpp"
#include "src/sqlite/database_place.hpp"

namespace dblog::recovery {
namespace {

constexpr std::int64_t kLockWaitNanoseconds = 2'000 * crash::kNanosecondsPerMillisecond;
// What was begun gets so long in any case: a busy machine makes some way at each look, too.
constexpr std::int64_t kLeastNanoseconds = 100 * crash::kNanosecondsPerMillisecond;

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

void fill_killed_record(crash::CrashRecord& record, const BoxContent& box, schema::Cause cause) {
  const bool is_killed = cause != schema::Cause::unmarked;
  record.kind = is_killed ? crash::CrashKind::killed : crash::CrashKind::ended;
  record.cause = cause;
  if (cause == schema::Cause::signal) record.killed_by = box.fatal_signal;
  record.uuid = box.identity.process_uuid;
  record.process_id = box.identity.process.id;
  // The time of death is not known, and readers overlook news with an old date; the message has the
  // rest.
  record.utc_microseconds = crash::nanoseconds_of(CLOCK_REALTIME) / 1'000;
  crash::TextBuffer message{record.message};
  message.untrusted(death_reason(box, cause));
  record.message_size = static_cast<std::uint32_t>(message.size());
}

// What may be no news at all, a reader that has read enough, and a quit key send no message.
bool is_usual_end(const crash::CrashRecord& record) noexcept {
  const bool is_killed = record.kind == crash::CrashKind::killed;
  return record.kind == crash::CrashKind::ended ||
         (is_killed && (record.killed_by == SIGPIPE || record.killed_by == SIGQUIT));
}

class Recovery {
 public:
  Recovery(const std::filesystem::path& database, std::chrono::milliseconds limit)
      : database_(database),
        end_ns_(crash::monotonic_nanoseconds() + std::chrono::nanoseconds{limit}.count()) {}

  [[nodiscard]] bool has_time() const noexcept { return crash::monotonic_nanoseconds() < end_ns_; }

  void import(const std::filesystem::path& path) {
    base::Result<DeadBox> box = DeadBox::open(path);
    if (box) {
      import(*box, path);
    } else if (box.error().code == base::ErrorCode::busy && DeadFile::is_in_other_hands(path)) {
      ++outcome_.in_other_hands;
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
    const Evidence evidence = gather_evidence(content.identity.process, facts.executable,
                                              facts.hardware_sources.cgroup_directory);
    const Fate fate = fate_of(content.identity.process, facts.executable, evidence);
    if (fate == Fate::lives) return;
    const bool has_record = content.record_state == crash::RecordState::begun ||
                            content.record_state == crash::RecordState::complete;
    if (content.record_state == crash::RecordState::committed ||
        (!has_record && (fate == Fate::became_other || content.is_ended))) {
      ++outcome_.forgotten;
      box.remove();
      return;
    }
    auto record = std::make_unique<crash::CrashRecord>(content.record);
    const bool is_crash = has_record && record->utc_microseconds != 0;
    if (is_crash) return finish(box, path, *record, outcome_.crashes);
    fill_killed_record(*record, content, cause_of_death(content, evidence));
    const bool is_killed = record->kind == crash::CrashKind::killed;
    finish(box, path, *record, is_killed ? outcome_.killed : outcome_.ended);
  }

  void finish(DeadBox& box, const std::filesystem::path& path, const crash::CrashRecord& record,
              int& counter) {
    auto facts = std::make_unique<crash::ProcessFacts>(box.content().identity.facts);
    crash::TextBuffer{facts->database} << database_.native();
    if (is_usual_end(record)) facts->slack = facts->email = false;
    base::Error error{base::ErrorCode::io, path.string(), {}};
    const std::int64_t now = crash::monotonic_nanoseconds();
    const std::int64_t give_up_at =
        now + std::clamp(end_ns_ - now, kLeastNanoseconds, kLockWaitNanoseconds);
    switch (write(record, *facts, give_up_at, error)) {
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
  std::int64_t end_ns_;
  RecoveryOutcome outcome_;
};

void add(QueueOutcome queues, RecoveryOutcome& outcome) {
  outcome.events += queues.events;
  outcome.left += queues.left;
  outcome.in_other_hands += queues.in_other_hands;
  std::move(queues.refused.begin(), queues.refused.end(), std::back_inserter(outcome.refused));
  std::move(queues.failed.begin(), queues.failed.end(), std::back_inserter(outcome.failed));
}

// Where the database is, without links. One that was moved away, perhaps because it could not be
// used, is created again if there is something for it.
base::Result<std::filesystem::path> find_or_make(const std::filesystem::path& database) {
  auto existing = store::existing_database(database);
  const bool is_missing = !existing && existing.error().code == base::ErrorCode::not_found;
  if (is_missing && find_waiting_files(database).count() > 0) {
    return store::prepare_database_place(database);
  }
  if (existing) {
    // The crash connection refuses it too, in fewer words.
    if (auto refused = store::refuse_distrusted_files(*existing)) return *std::move(refused);
  }
  return existing;
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

RecoveryOutcome recover(const std::filesystem::path& database, std::chrono::milliseconds limit) {
  const auto end = store::RetryBackoff::Clock::now() + limit;
  Recovery recovery{database, limit};
  const SidecarFiles files{database};
  for (const auto& path : files.with(crash::kUnfinishedBoxInfix)) {
    remove_unfinished_box(path);
  }
  for (const std::filesystem::path& path : files.with(crash::kBoxInfix)) {
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
                                               std::chrono::milliseconds limit) {
  const auto real = find_or_make(database);
  if (!real) return real.error();
  auto facts = std::make_unique<crash::ProcessFacts>();
  crash::TextBuffer path{facts->database};
  path << real->native();
  if (path.is_cut()) {
    return base::Error{base::ErrorCode::invalid_argument, database.string(),
                       "the path is too long"};
  }
  crash::ConnectionError reason;
  if (!crash::open_crash_connection(*facts, reason)) {
    return base::Error{base::ErrorCode::io, database.string(), reason.text};
  }
  return recover(*real, limit);
}

}  // namespace dblog::recovery
