#include "handlers/exceptions/throw_sites.hpp"

#include <pthread.h>
#include <unwind.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "tests/support/watched_throws.hpp"

namespace {

using dblog::test::start_of;
using dblog::test::throw_functions;
using dblog::test::WatchedThrows;

volatile int sink = 0;

[[gnu::noinline]] void first_thrower() { throw 1; }
[[gnu::noinline]] void second_thrower() { throw 2; }
[[gnu::noinline]] void first_caller(void (*thrower)()) {
  thrower();
  sink = sink + 1;
}
[[gnu::noinline]] void second_caller(void (*thrower)()) {
  thrower();
  sink = sink + 2;
}

std::vector<const void*> functions_of(void (*caller)(void (*)()), void (*thrower)()) {
  try {
    caller(thrower);
  } catch (int) {
    return throw_functions();
  }
  return {};
}

constexpr std::uint64_t kForeignClass = 0x544553544C414E47;  // "TESTLANG"

[[gnu::noinline]] void foreign_thrower() {
  static _Unwind_Exception exception{};
  exception.exception_class = kForeignClass;
  _Unwind_RaiseException(&exception);
  sink = sink + 1;
}

std::exception_ptr thrown(void (*thrower)()) {
  try {
    thrower();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

std::vector<const void*> functions_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    return throw_functions();
  }
}

}  // namespace

TEST_CASE("throw sites: a handler finds the throw and its callers") {
  const WatchedThrows watched;
  const auto functions = functions_of(first_caller, first_thrower);
  REQUIRE(functions.size() >= 3);
  CHECK(functions[0] == start_of(first_thrower));
  CHECK(functions[1] == start_of(first_caller));
}

TEST_CASE("throw sites: a throw from another place is told apart at the same address") {
  const WatchedThrows watched;
  for (int i = 0; i < 3; ++i) {
    CHECK(functions_of(first_caller, first_thrower).at(0) == start_of(first_thrower));
    CHECK(functions_of(first_caller, second_thrower).at(0) == start_of(second_thrower));
  }
}

TEST_CASE("throw sites: the same throw for another caller is told apart at the same address") {
  const WatchedThrows watched;
  for (int i = 0; i < 3; ++i) {
    CHECK(functions_of(first_caller, first_thrower).at(1) == start_of(first_caller));
    CHECK(functions_of(second_caller, first_thrower).at(1) == start_of(second_caller));
  }
}

TEST_CASE("throw sites: repeated throws have the same frames") {
  const WatchedThrows watched;
  std::vector<std::vector<const void*>> stacks;
  for (int i = 0; i < 100; ++i) stacks.push_back(functions_of(first_caller, second_thrower));
  CHECK(stacks[0].size() >= 3);
  CHECK(std::vector(100, stacks[0]) == stacks);
}

TEST_CASE("throw sites: a rethrown exception keeps its throw") {
  const WatchedThrows watched;
  try {
    try {
      first_thrower();
    } catch (...) {
      throw;
    }
  } catch (...) {
    CHECK(throw_functions().at(0) == start_of(first_thrower));
  }
}

TEST_CASE("throw sites: a handler within a handler finds the inner throw, then the outer") {
  const WatchedThrows watched;
  try {
    first_thrower();
  } catch (...) {
    try {
      second_thrower();
    } catch (...) {
      CHECK(throw_functions().at(0) == start_of(second_thrower));
    }
    CHECK(throw_functions().at(0) == start_of(first_thrower));
  }
}

TEST_CASE("throw sites: an exception made without a throw has the place where it was made") {
  const WatchedThrows watched;
  thrown(first_thrower);  // its address is free again
  const std::exception_ptr made = std::make_exception_ptr(1);
  try {
    std::rethrow_exception(made);
  } catch (...) {
    const auto functions = throw_functions();
    REQUIRE(!functions.empty());
    CHECK(functions[0] != start_of(first_thrower));
  }
}

TEST_CASE(
    "throw sites: many exceptions that are alive at once are found, or not, but never mixed") {
  const WatchedThrows watched;
  std::vector<std::exception_ptr> alive;
  for (int i = 0; i < 1'000; ++i) alive.push_back(thrown(i % 2 ? first_thrower : second_thrower));
  int found = 0;
  int wrong = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto functions = functions_of(alive[static_cast<std::size_t>(i)]);
    if (functions.empty()) continue;
    ++found;
    if (functions[0] != (i % 2 ? start_of(first_thrower) : start_of(second_thrower))) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(found > 300);
  CHECK(found <= 512);
  CHECK_FALSE(functions_of(alive.back()).empty());
}

TEST_CASE("throw sites: what was thrown before the watch began is not known") {
  std::exception_ptr early;
  {
    const WatchedThrows watched;
    early = thrown(first_thrower);
    CHECK(functions_of(early).at(0) == start_of(first_thrower));
  }
  CHECK(functions_of(early).empty());
  const WatchedThrows again;
  CHECK(functions_of(early).empty());
}

TEST_CASE("throw sites: an exception of another language has a throw and no type") {
  const WatchedThrows watched;
  try {
    foreign_thrower();
  } catch (...) {
    CHECK(throw_functions().at(0) == start_of(foreign_thrower));
    CHECK(dblog::crash::type_in_flight() == nullptr);
    CHECK(dblog::crash::foreign_class_in_flight() == kForeignClass);
  }
}

TEST_CASE("throw sites: the cancellation of a thread has neither throw nor type") {
  const WatchedThrows watched;
  bool has_nothing = false;
  std::thread{[&has_nothing] {
    try {
      ::pthread_cancel(::pthread_self());
      ::pthread_testcancel();
    } catch (...) {
      has_nothing = throw_functions().empty() && dblog::crash::type_in_flight() == nullptr &&
                    dblog::crash::foreign_class_in_flight() == 0;
      throw;
    }
  }}.join();
  CHECK(has_nothing);
}

TEST_CASE("throw sites: where nothing is in flight there is nothing") {
  const WatchedThrows watched;
  CHECK(throw_functions().empty());
  CHECK(dblog::crash::exception_in_flight() == nullptr);
  CHECK(dblog::crash::type_in_flight() == nullptr);
}
