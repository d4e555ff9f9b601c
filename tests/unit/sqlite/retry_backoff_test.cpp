#include "src/sqlite/retry_backoff.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using dblog::sqlite::forks_done;
using dblog::sqlite::forks_waiting;
using dblog::sqlite::let_fork_pass;
using Clock = dblog::sqlite::RetryBackoff::Clock;

TEST_CASE("retry back-off: no caller waits for forks when there are none") {
  let_fork_pass(Clock::time_point::max());
  SUCCEED();
}

TEST_CASE("retry back-off: a caller that comes during a fork waits for it, and for no second one") {
  forks_waiting = 2;
  std::atomic<bool> has_passed{false};
  std::thread late([&] {
    let_fork_pass(Clock::time_point::max());
    has_passed = true;
  });
  std::this_thread::sleep_for(20ms);
  CHECK_FALSE(has_passed);
  ++forks_done;
  --forks_waiting;
  late.join();
  CHECK(forks_waiting == 1);
  forks_waiting = 0;
}

TEST_CASE("retry back-off: a wait that ended for a fork is known to have, when the fork is over") {
  dblog::sqlite::RetryBackoff backoff{1h};
  CHECK(backoff.wait());
  CHECK_FALSE(backoff.has_given_way());
  forks_waiting = 1;
  CHECK_FALSE(backoff.wait());
  forks_waiting = 0;
  CHECK(backoff.has_given_way());
  backoff.start(Clock::now() + 1h);
  CHECK_FALSE(backoff.has_given_way());
}

TEST_CASE("retry back-off: the deadline ends the wait for a fork") {
  forks_waiting = 1;
  let_fork_pass(Clock::now() + 1ms);
  CHECK(forks_waiting == 1);
  forks_waiting = 0;
}

TEST_CASE("retry back-off: work without an end is ended, and so is all work after a stop signal") {
  dblog::sqlite::RetryBackoff backoff;
  backoff.start(Clock::now(), 1h);
  CHECK(dblog::sqlite::RetryBackoff::progress_handler(&backoff) == 0);
  dblog::sqlite::work_is_stopped = true;
  CHECK(dblog::sqlite::RetryBackoff::progress_handler(&backoff) == 1);
  CHECK_FALSE(backoff.wait());
  dblog::sqlite::work_is_stopped = false;
  backoff.start(Clock::now(), 0s);
  CHECK(dblog::sqlite::RetryBackoff::progress_handler(&backoff) == 1);
  backoff.allow(1h);  // a long task
  CHECK(dblog::sqlite::RetryBackoff::progress_handler(&backoff) == 0);
}
