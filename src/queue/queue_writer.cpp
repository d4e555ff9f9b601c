#include "src/queue/queue_writer.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <exception>
#include <system_error>

#include "src/process/ordinary_schedule.hpp"
#include "src/process/signal_block.hpp"
#include "src/queue/process_queues.hpp"

namespace dblog::queue {
namespace {

using Clock = EventQueue::Clock;

// Between two looks while something happens: what is pushed meanwhile becomes one transaction.
constexpr std::chrono::milliseconds kNap{5};
// While the database refuses.
constexpr std::chrono::milliseconds kNapInTrouble{250};
// So many without an event, and the thread sleeps until it is woken.
constexpr int kIdleNaps = 20;
// So many with the same push unfinished: two seconds in which this thread ran (a process that was
// stopped meanwhile is not at fault).
constexpr int kUnfinishedNaps = 400;
// How long a batch waits for others who hold the database before callers are told.
constexpr std::chrono::seconds kPatience{5};

// The word lies in this process's own memory.
void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* timeout) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, 0);
}

void wake_one(std::atomic<std::uint32_t>& word) noexcept { futex(word, FUTEX_WAKE, 1, nullptr); }

}  // namespace

bool QueueWriter::start() noexcept {
  if (thread_.joinable()) return true;
  const process::ScopedSignalBlock inherited{process::all_but_faults(),
                                             process::WriteSignals::stay};
  try {
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "dblog-queue");
  } catch (const std::system_error&) {
  }
  return thread_.joinable();
}

void QueueWriter::rouse() noexcept {
  std::uint32_t asleep = kAsleep;
  if (state_.compare_exchange_strong(asleep, kAwake)) wake_one(state_);
}

bool QueueWriter::stop(Clock::time_point deadline) noexcept {
  if (!thread_.joinable()) return true;
  state_.store(kStopping);
  wake_one(state_);
  constexpr std::chrono::microseconds kPause{100};
  while (!has_ended_.load()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPause);
  }
  thread_.join();
  return true;
}

void QueueWriter::run() noexcept {
  process::block_all_but_faults();
  process::take_ordinary_schedule();
  while (!is_stopping()) {
    try {
      work_until_stopped();
    } catch (const std::exception&) {  // no memory: perhaps later
      nap(kNapInTrouble);
    }
  }
  has_ended_.store(true);
}

void QueueWriter::work_until_stopped() {
  int idle_naps = 0;
  while (!is_stopping()) {
    has_trouble_ = false;
    if (commit_some()) {
      idle_naps = 0;
    } else if (!has_work() && ++idle_naps > kIdleNaps) {
      sleep_until_woken();
      idle_naps = 0;
    }
    nap(has_trouble_ ? kNapInTrouble : kNap);
  }
}

// One batch from each queue, and more from those that have filled up meanwhile; what is little
// waits for more of it.
bool QueueWriter::commit_some() {
  constexpr std::uint64_t kMany = EventQueue::kSlots / 16;
  bool any = false;
  for (std::size_t index = 0; EventQueue* queue = queues_.queue(index); ++index) {
    const EventRing& ring = queue->ring();
    do {
      if (!commit_some(*queue, index)) break;
      any = true;
    } while (ring.claimed() - ring.consumed() >= kMany && !is_stopping());
  }
  return any;
}

bool QueueWriter::commit_some(EventQueue& queue, std::size_t index) {
  if (queue.is_empty()) return false;
  const base::Result<std::size_t> committed = queue.commit_batch(Clock::now() + kPatience);
  if (const std::string loss = queue.take_loss(EventQueue::writer); !loss.empty()) {
    queues_.say(queue.path().native() + ": " + loss);
  }
  if (!committed) {
    complain("queued events wait: " + committed.error().text());
    return false;
  }
  if (*committed == 0) {
    watch_for_stuck_push(queue, index);
    return false;
  }
  queues_.look_after(queue.store());
  if (const std::string reason = queue.take_rejection(); !reason.empty()) {
    complain("queued events were rejected by their table: " + reason);
  } else {
    complaint_.clear();
  }
  return true;
}

void QueueWriter::watch_for_stuck_push(EventQueue& queue, std::size_t index) {
  Unfinished& unfinished = unfinished_[index];
  const std::uint64_t position = queue.ring().consumed();
  if (unfinished.position != position) unfinished = {position, 0};
  if (++unfinished.naps < kUnfinishedNaps) return;
  unfinished = {};
  queue.give_up_on_the_unfinished();
  complain(queue.path().native() +
           ": a thread stopped in the middle of a queued push; from here on events are committed "
           "one by one");
}

void QueueWriter::complain(const std::string& reason) {
  has_trouble_ = true;
  if (reason == complaint_) return;
  complaint_ = reason;
  queues_.say(reason);
}

bool QueueWriter::has_work() const noexcept {
  for (std::size_t index = 0; const EventQueue* queue = queues_.queue(index); ++index) {
    if (!queue->is_empty()) return true;
  }
  return false;
}

void QueueWriter::nap(std::chrono::milliseconds longest) noexcept {
  constexpr long kNanosecondsPerMillisecond = 1'000'000;
  const timespec timeout{0, longest.count() * kNanosecondsPerMillisecond};
  futex(state_, FUTEX_WAIT, kAwake, &timeout);
}

// A producer claims its place first and looks at state_ then, this thread does it the other way
// round: one of the two sees the other.
void QueueWriter::sleep_until_woken() noexcept {
  std::uint32_t awake = kAwake;
  if (!state_.compare_exchange_strong(awake, kAsleep)) return;
  while (state_.load() == kAsleep && !has_work()) futex(state_, FUTEX_WAIT, kAsleep, nullptr);
  std::uint32_t asleep = kAsleep;
  state_.compare_exchange_strong(asleep, kAwake);
}

}  // namespace dblog::queue
