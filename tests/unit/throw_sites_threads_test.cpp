// Throw sites where exceptions leave their thread, and where many throw at once.
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <exception>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/watched_throws.hpp"

namespace {

using dblog::test::start_of;
using dblog::test::throw_functions;
using dblog::test::WatchedThrows;

template <int number>
[[gnu::noinline]] void numbered_thrower() {
  throw number;
}

template <int... numbers>
constexpr auto make_throwers(std::integer_sequence<int, numbers...>) {
  return std::array<void (*)(), sizeof...(numbers)>{numbered_thrower<numbers>...};
}
constexpr std::size_t kThreads = 16;
constexpr auto kThrowers = make_throwers(std::make_integer_sequence<int, kThreads>{});

bool finds_own_throw(void (*thrower)()) {
  try {
    thrower();
  } catch (int) {
    const auto functions = throw_functions();
    return !functions.empty() && functions[0] == start_of(thrower);
  }
  return false;
}

}  // namespace

TEST_CASE("throw sites: an exception that is carried to another thread keeps its throw") {
  const WatchedThrows watched;
  std::exception_ptr carried;
  std::thread{[&] {
    try {
      kThrowers[3]();
    } catch (...) {
      carried = std::current_exception();
    }
  }}.join();
  bool is_found = false;
  std::thread{[&] {
    try {
      std::rethrow_exception(carried);
    } catch (...) {
      is_found = throw_functions().at(0) == start_of(kThrowers[3]);
    }
  }}.join();
  CHECK(is_found);
}

TEST_CASE("throw sites: a future's exception keeps its throw") {
  const WatchedThrows watched;
  auto future = std::async(std::launch::async, [] { kThrowers[5](); });
  try {
    future.get();
    FAIL("nothing was thrown");
  } catch (int) {
    CHECK(throw_functions().at(0) == start_of(kThrowers[5]));
  }
}

// The second thread gets the memory of the first one's exception, and throws from its own place.
TEST_CASE("throw sites: a thread that threw at an address earlier does not shadow another's") {
  const WatchedThrows watched;
  REQUIRE(finds_own_throw(kThrowers[1]));
  std::exception_ptr carried;
  for (int i = 0; i < 50; ++i) {
    std::thread{[&] {
      try {
        kThrowers[2]();
      } catch (...) {
        carried = std::current_exception();
      }
    }}.join();
    try {
      std::rethrow_exception(carried);
    } catch (...) {
      CHECK(throw_functions().at(0) == start_of(kThrowers[2]));
    }
    carried = nullptr;
    CHECK(finds_own_throw(kThrowers[1]));
  }
}

TEST_CASE("throw sites: 10,000 throws in 16 threads each find their own") {
  const WatchedThrows watched;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&wrong, i] {
      for (int round = 0; round < 10'000 / static_cast<int>(kThreads); ++round) {
        if (!finds_own_throw(kThrowers[i])) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("throw sites: a forked child finds what was in flight, and its own throws") {
  const WatchedThrows watched;
  std::atomic<bool> stop{false};
  std::vector<std::thread> busy;
  for (std::size_t i = 0; i < 3; ++i) {
    busy.emplace_back([&stop, i] {
      while (!stop) finds_own_throw(kThrowers[i]);
    });
  }
  int good = 0;
  for (int i = 0; i < 20; ++i) {
    try {
      kThrowers[7]();
    } catch (...) {
      good += dblog::test::exit_status_of([] {
                if (throw_functions().at(0) != start_of(kThrowers[7])) return 1;
                return finds_own_throw(kThrowers[8]) ? 0 : 2;
              }) == 0
                  ? 1
                  : 0;
    }
  }
  stop = true;
  for (std::thread& thread : busy) thread.join();
  CHECK(good == 20);
}
