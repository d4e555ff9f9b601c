#include "src/recovery/queue_import.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "src/queue/queue_reader.hpp"
#include "src/recovery/dead_file.hpp"
#include "src/recovery/death_reason.hpp"
#include "src/store/store.hpp"

namespace dblog::recovery {
namespace {

using Clock = sqlite::RetryBackoff::Clock;

constexpr std::ptrdiff_t kBatch = 4'096;
constexpr std::chrono::seconds kLockWait{2};
// What was begun gets so long in any case: a busy machine makes some way at each look, too.
constexpr std::chrono::milliseconds kLeastLockWait{100};

bool is_alive(const queue::QueueIdentity& identity) {
  const Evidence evidence = gather_evidence(identity.process, identity.executable);
  return fate_of(identity.process, identity.executable, evidence) == Fate::lives;
}

class QueueImport {
 public:
  QueueImport(const std::filesystem::path& database, Clock::time_point end)
      : database_(database), end_(end) {}

  [[nodiscard]] bool has_time() const { return Clock::now() < end_; }

  void import(const std::filesystem::path& path) {
    base::Result<DeadFile> file = DeadFile::open(path);
    if (!file && file.error().code == base::ErrorCode::busy && DeadFile::is_being_imported(path)) {
      ++outcome_.being_imported;
    }
    if (!file) return refuse(file.error());
    const auto bytes = file->read(queue::file_size(queue::kMaxSlots) + 1);
    if (!bytes) return refuse(bytes.error());
    const auto content = queue::read_queue({bytes->data(), bytes->size()}, path.string());
    if (!content) return refuse(content.error());
    // It closed all its descriptors, and the lock with them.
    if (is_alive(content->identity) || !commit(*content, path)) return;
    // As long as it is there, what is noted of it must stay, or its events would come twice.
    if (!file->remove()) {
      const std::string why = std::generic_category().message(errno);
      outcome_.failed.push_back({base::ErrorCode::permission, path.string(),
                                 "its events are imported, but it cannot be removed: " + why});
      return;
    }
    (void)store_->finish_queue(content->uuid, Clock::now() + kLockWait);
  }

  // Of a process that was killed while it made it. It lived a moment ago if the file is new.
  [[nodiscard]] QueueOutcome& outcome() noexcept { return outcome_; }

 private:
  void refuse(const base::Error& error) {
    if (error.code == base::ErrorCode::busy || error.code == base::ErrorCode::not_found) return;
    outcome_.refused.push_back(error);
  }

  // False if something has to wait.
  bool commit(const queue::QueueContent& content, const std::filesystem::path& path) {
    const auto committed = find_committed(content.uuid);
    if (!committed) {
      outcome_.failed.push_back({committed.error().code, path.string(), committed.error().text()});
      return false;
    }
    const auto& rows = content.events.rows;
    auto begin = std::partition_point(rows.begin(), rows.end(), [&](const store::QueuedRow& row) {
      return row.position < *committed;
    });
    while (begin != rows.end()) {
      const auto next = begin + std::min(kBatch, rows.end() - begin);
      const std::uint64_t end = next == rows.end() ? content.events.end : next->position;
      const store::QueuedBatch batch{
          content.uuid, content.events.tables,     {begin, next},
          end,          content.events.process_id, content.events.process};
      if (!commit(batch, path)) return false;
      begin = next;
      if (begin != rows.end() && !has_time()) {
        ++outcome_.left;
        return false;
      }
    }
    const auto lost = std::count_if(content.damaged.begin(), content.damaged.end(),
                                    [&](std::uint64_t position) { return position >= *committed; });
    if (lost > 0) say_lost(path, lost, "damaged; has the machine lost power?");
    return true;
  }

  bool commit(const store::QueuedBatch& batch, const std::filesystem::path& path) {
    const auto outcome = store_->append(batch, lock_wait_end());
    if (!outcome) {
      outcome_.failed.push_back({outcome.error().code, path.string(), outcome.error().text()});
      return false;
    }
    outcome_.events += outcome->inserted;
    if (outcome->rejected > 0) {
      say_lost(path, outcome->rejected, "rejected by their table: " + outcome->reason);
    }
    return true;
  }

  base::Result<std::uint64_t> find_committed(const std::string& uuid) {
    if (store_ == nullptr) {
      const auto store = store::Store::at(database_);
      if (!store) return store.error();
      store_ = *store;
    }
    return store_->committed_of_queue(uuid, lock_wait_end());
  }

  [[nodiscard]] Clock::time_point lock_wait_end() const {
    return Clock::now() +
           std::clamp<Clock::duration>(end_ - Clock::now(), kLeastLockWait, kLockWait);
  }

  void say_lost(const std::filesystem::path& path, std::int64_t count, const std::string& why) {
    outcome_.refused.push_back({base::ErrorCode::invalid_argument, path.string(),
                                std::to_string(count) + " of its events are lost: " + why});
  }

  std::filesystem::path database_;
  Clock::time_point end_;
  store::Store* store_ = nullptr;
  QueueOutcome outcome_;
};

}  // namespace

QueueOutcome import_queues(const SidecarFiles& files, Clock::time_point end) {
  QueueImport import{files.database(), end};
  for (const auto& path : files.with(queue::kQueueInfix)) {
    if (import.has_time()) {
      import.import(path);
    } else {
      ++import.outcome().left;
    }
  }
  for (const auto& path : files.with(queue::kNewQueueInfix)) {
    remove_unfinished(path);
  }
  return std::move(import.outcome());
}

}  // namespace dblog::recovery
