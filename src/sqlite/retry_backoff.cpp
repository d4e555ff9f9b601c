// Waiting with back-off.
#include "src/sqlite/retry_backoff.hpp"

#include <algorithm>
#include <thread>

namespace dblog::sqlite {
namespace {

constexpr std::chrono::microseconds kFirstStep{50};
constexpr std::chrono::microseconds kLongestStep{10'000};

}  // namespace

void RetryBackoff::start(Clock::time_point deadline, Clock::duration work) noexcept {
  deadline_ = deadline;
  allow(work);
  step_ = kFirstStep;
  has_given_way_ = false;
  // Differs between processes and calls; quality does not matter.
  random_ = static_cast<std::uint32_t>(deadline.time_since_epoch().count()) | 1U;
}

void RetryBackoff::allow(Clock::duration work) noexcept {
  work_end_ = std::max(Clock::now(), deadline_) + work;
}

bool RetryBackoff::wait() noexcept {
  const auto left = deadline_ - Clock::now();
  has_given_way_ = forks_waiting.load() > 0;
  if (left <= Clock::duration::zero() || has_given_way_ || work_is_stopped.load()) return false;
  random_ ^= random_ << 13U;  // xorshift32
  random_ ^= random_ >> 17U;
  random_ ^= random_ << 5U;
  const auto pause = step_ / 2 + std::chrono::microseconds(random_ % (step_.count() + 1));
  std::this_thread::sleep_for(std::min<Clock::duration>(pause, left));
  step_ = std::min(step_ * 2, kLongestStep);
  return true;
}

int RetryBackoff::busy_handler(void* self, int /*calls*/) noexcept {
  return static_cast<RetryBackoff*>(self)->wait() ? 1 : 0;
}

int RetryBackoff::progress_handler(void* self) noexcept {
  return work_is_stopped.load() || Clock::now() >= static_cast<RetryBackoff*>(self)->work_end_ ? 1
                                                                                               : 0;
}

void let_fork_pass(RetryBackoff::Clock::time_point deadline) noexcept {
  constexpr std::chrono::microseconds kPause{200};
  const std::uint64_t done = forks_done.load();
  while (forks_waiting.load() > 0 && forks_done.load() == done) {
    if (RetryBackoff::Clock::now() >= deadline) return;
    std::this_thread::sleep_for(kPause);
  }
}

bool lock_until(std::mutex& mutex, RetryBackoff::Clock::time_point deadline) noexcept {
  constexpr std::chrono::microseconds kPause{100};
  while (!mutex.try_lock()) {
    if (RetryBackoff::Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace dblog::sqlite
