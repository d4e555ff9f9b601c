#include "src/queue/process_queues.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <thread>

namespace dblog::queue {
namespace {

constexpr std::chrono::seconds kLongestAtExit{2};
constexpr std::chrono::seconds kPauseAfterFailure{1};

// All zeros in a child of fork() and clone(), where the kernel wipes it.
struct WipedPage {
  std::atomic<ProcessQueues*> queues;
};
constinit std::atomic<WipedPage*> wiped_page{nullptr};
constinit std::atomic<bool> is_watching{false};
// Never destroyed, and never used from here: keeps them reachable for leak checkers, which do not
// look into mapped pages; in a child of fork() its parents' too.
constinit std::atomic<ProcessQueues*> newest{nullptr};

void after_fork_in_child() noexcept {
  // Wiped already, but on a kernel before 4.14.
  if (WipedPage* page = wiped_page.load()) page->queues.store(nullptr);
  leave_queue_files_to_parent();
}

WipedPage* make_page() noexcept {
  if (WipedPage* page = wiped_page.load()) return page;
  constexpr std::size_t kSize = 4'096;
  void* memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  ::madvise(memory, kSize, MADV_WIPEONFORK);
  auto* mine = new (memory) WipedPage{};
  WipedPage* none = nullptr;
  if (wiped_page.compare_exchange_strong(none, mine)) return mine;
  ::munmap(memory, kSize);
  return none;
}

}  // namespace

ProcessQueues* ProcessQueues::existing() noexcept {
  const WipedPage* page = wiped_page.load(std::memory_order_acquire);
  return page == nullptr ? nullptr : page->queues.load(std::memory_order_acquire);
}

ProcessQueues* ProcessQueues::make_or_find(Say say, AfterCommit after_commit) {
  if (ProcessQueues* known = existing()) return known;
  WipedPage* page = make_page();
  if (page == nullptr) return nullptr;
  if (!is_watching.exchange(true)) ::pthread_atfork(nullptr, nullptr, &after_fork_in_child);
  auto mine = std::unique_ptr<ProcessQueues>(new ProcessQueues(say, after_commit));
  ProcessQueues* current = nullptr;
  if (!page->queues.compare_exchange_strong(current, mine.get())) return current;
  mine->earlier_ = newest.exchange(mine.get());
  return mine.release();
}

Result<EventQueue*> ProcessQueues::queue_for(store::Store& store) {
  const std::lock_guard lock(making_mutex_);
  if (EventQueue* known = find(store)) return known;
  if (is_closed_) return Error{ErrorCode::busy, "queue", "the process exits"};
  if (last_failure_ && Clock::now() < next_try_) return *last_failure_;
  next_try_ = Clock::now() + kPauseAfterFailure;
  for (std::atomic<EventQueue*>& place : queues_) {
    if (place.load() != nullptr) continue;
    if (!writer_.start()) {
      last_failure_ = Error{ErrorCode::io, "queue", "the system has no thread left for it"};
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
  return Error{ErrorCode::busy, "queue", "this process has queues for too many databases"};
}

EventQueue* ProcessQueues::find(const store::Store& store) const noexcept {
  for (std::size_t i = 0; EventQueue* known = queue(i); ++i) {
    if (&known->store() == &store) return known;
  }
  return nullptr;
}

std::optional<Error> ProcessQueues::flush(Clock::time_point deadline) {
  std::optional<Error> failure;
  for (std::size_t i = 0; EventQueue* known = queue(i); ++i) {
    auto reason = known->commit_all(deadline);
    if (const std::string loss = known->take_loss(EventQueue::flusher); !reason && !loss.empty()) {
      reason = Error{ErrorCode::io, known->path().native(), loss};
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
  if (store::lock_until(making_mutex_, deadline)) {
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
