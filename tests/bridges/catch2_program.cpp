// Test cases that die and fail, with dblog's listener.
#define CATCH_CONFIG_RUNNER
#include "dblog/catch2.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "dblog/handlers.hpp"

using dblog::Catch2Listener;
CATCH_REGISTER_LISTENER(Catch2Listener)

namespace {

void write_to_null() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

}  // namespace

TEST_CASE("passes") {
  SECTION("at once") { CHECK(1 == 1); }
}

TEST_CASE("dies") {
  SECTION("not here") { CHECK(1 == 1); }
  SECTION("outside") {
    SECTION("inside") { write_to_null(); }
  }
}

TEST_CASE("dies in a thread") { std::thread(write_to_null).join(); }

TEST_CASE("terminates") {
  std::thread([] { throw std::runtime_error("out"); }).join();
}

TEST_CASE("fails") {
  INFO("seven");
  SECTION("twice") {
    CHECK(1 + 1 == 3);
    FAIL("for good");
  }
}

int main(int count, char** words) {
  dblog::install_handlers({.delivery = dblog::Delivery::none, .print_to_stderr = false});
  if (std::getenv("FAILURES") != nullptr) dblog::Catch2Listener::push_failures_to("failures");
  return Catch::Session().run(count, words);
}
