// Runs many independent things at once: children that mostly wait cost little each.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dblog::test {

/// Calls `work(0)` … `work(count - 1)` on a few threads. Rethrows the first exception. Catch2's
/// macros belong to one thread: `work` gathers, the caller asserts.
template <typename Work>
void run_in_parallel(std::size_t count, Work work, unsigned threads = 6) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto take_turns = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      const std::lock_guard lock{mutex};
      if (!failure) failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> team;
    for (unsigned i = 0; i < threads; ++i) team.emplace_back(take_turns);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace dblog::test
