// Values of one process each, also in children that no handler of fork() sees.
#include "src/process/per_process.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/child_process.hpp"

namespace {

using dblog::process::PerProcess;
using dblog::process::process_generation;

// In a child that is made past the C library.
template <typename Check>
bool holds_in_bare_child(Check check) {
  const auto child = static_cast<pid_t>(::syscall(SYS_fork));
  if (child == 0) ::_exit(check() ? 0 : 1);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

TEST_CASE("per process: a value is made once, and found again") {
  PerProcess<int> values;
  CHECK(values.get() == nullptr);
  int& first = values.get_or_make([](int* of_parent) {
    CHECK(of_parent == nullptr);
    return std::make_unique<int>(1);
  });
  CHECK(values.get() == &first);
  CHECK(&values.get_or_make([](int*) { return std::make_unique<int>(2); }) == &first);
  values.remove();
  CHECK(values.get() == nullptr);
}

TEST_CASE("per process: a child has no value of its parent's, and can make its own from it") {
  PerProcess<int> values;
  values.get_or_make([](int*) { return std::make_unique<int>(7); });
  const auto makes_its_own = [&values] {
    if (values.get() != nullptr) return false;
    int& own =
        values.get_or_make([](int* of_parent) { return std::make_unique<int>(*of_parent + 1); });
    return own == 8 && values.get() == &own;
  };
  CHECK(dblog::test::exit_status_of([&] { return makes_its_own() ? 0 : 1; }) == 0);
  CHECK(holds_in_bare_child(makes_its_own));
  CHECK(*values.get() == 7);
  values.remove();
}

TEST_CASE("per process: a generation is that of no process above it, whatever its id") {
  const std::uint32_t mine = process_generation();
  CHECK(process_generation() == mine);
  CHECK(holds_in_bare_child([mine] {
    const std::uint32_t of_child = process_generation();
    return of_child != mine && holds_in_bare_child([mine, of_child] {
             const std::uint32_t of_grandchild = process_generation();
             return of_grandchild != mine && of_grandchild != of_child;
           });
  }));
}

TEST_CASE("per process: of several threads' values all use the same") {
  PerProcess<int> values;
  constexpr int kThreads = 4;
  std::atomic<int> ready{0};
  std::vector<int*> seen(kThreads);
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      seen[static_cast<std::size_t>(number)] =
          &values.get_or_make([&](int*) { return std::make_unique<int>(number); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int* value : seen) CHECK(value == values.get());
  values.remove();
}
