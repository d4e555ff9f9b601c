#include "src/queue/process_queues.hpp"

#include <thread>

#include "src/process/fork_hooks.hpp"
#include "src/process/per_process.hpp"

namespace dblog::queue {
namespace {

constexpr std::chrono::seconds kLongestAtExit{2};
constexpr std::chrono::seconds kPauseAfterFailure{1};

constinit process::PerProcess<ProcessQueues> queues_of_process;

}  // namespace

ProcessQueues* ProcessQueues::existing() noexcept { return queues_of_process.get(); }

ProcessQueues& ProcessQueues::make_or_find(Say say, AfterCommit after_commit) {
  process::at_fork(process::ForkPlace::queues, {nullptr, nullptr, &leave_queue_files_to_parent});
  return queues_of_process.get_or_make([&](ProcessQueues*) {
    return std::unique_ptr<ProcessQueues>(new ProcessQueues(say, after_commit));
  });
}

base::Result<EventQueue*> ProcessQueues::queue_for(store::Store& store) {
  const std::lock_guard lock(making_mutex_);
  if (EventQueue* known = find(store)) return known;
  if (is_closed_) return base::Error{base::ErrorCode::busy, "queue", "the process exits"};
  if (last_failure_ && Clock::now() < next_try_) return *last_failure_;
  next_try_ = Clock::now() + kPauseAfterFailure;
  for (std::atomic<EventQueue*>& place : queues_) {
    if (place.load() != nullptr) continue;
    if (!writer_.start()) {
      last_failure_ =
          base::Error{base::ErrorCode::io, "queue", "the system has no thread left for it"};
      return *last_failure_;
    }
    auto made = EventQueue::make(store);
    if (!made) {
      last_failure_ = made.error();
      return *last_failure_;
    }
    EventQueue* queue = made->release();
    place.store(queue, std::memory_order_release);
    return queue;
  }
  return base::Error{base::ErrorCode::busy, "queue",
                     "this process has queues for too many databases"};
}

EventQueue* ProcessQueues::find(const store::Store& store) const noexcept {
  for (std::size_t i = 0; EventQueue* known = queue(i); ++i) {
    if (&known->store() == &store) return known;
  }
  return nullptr;
}

std::optional<base::Error> ProcessQueues::flush(Clock::time_point deadline) {
  std::optional<base::Error> failure;
  for (std::size_t i = 0; EventQueue* known = queue(i); ++i) {
    auto reason = known->commit_all(deadline);
    if (const std::string loss = known->take_loss(EventQueue::flusher); !reason && !loss.empty()) {
      reason = base::Error{base::ErrorCode::io, known->path().native(), loss};
    }
    if (reason && !failure) failure = std::move(reason);
  }
  return failure;
}

std::uint64_t ProcessQueues::rejected() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; const EventQueue* known = queue(i); ++i) sum += known->rejected();
  return sum;
}

std::uint64_t ProcessQueues::lost() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; const EventQueue* known = queue(i); ++i) sum += known->lost();
  return sum;
}

void ProcessQueues::close() noexcept {
  const auto deadline = Clock::now() + kLongestAtExit;
  if (sqlite::lock_until(making_mutex_, deadline)) {
    is_closed_ = true;
    making_mutex_.unlock();
  }
  for (std::size_t i = 0; EventQueue* known = queue(i); ++i) known->ring().close();
  // One that is still at its batch shares the deadline with what follows.
  writer_.stop(deadline);
  for (std::size_t i = 0; EventQueue* known = queue(i); ++i) {
    try {
      const auto failure = known->commit_all(deadline);
      if (const std::string loss = known->take_loss(EventQueue::writer); !loss.empty()) {
        say(known->path().native() + ": " + loss);
      }
      if (!failure) {
        known->remove(deadline);
        continue;
      }
      say(known->path().native() +
          " keeps events for the next run, or `dblog recover`: " + failure->text());
    } catch (const std::exception&) {
      // No memory: they are in the file all the same.
    }
  }
}

}  // namespace dblog::queue
