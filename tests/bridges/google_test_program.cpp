// Tests that die, fail, and have death tests, with dblog's listener: a first argument "rows" makes
// failures rows.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "dblog/google_test.hpp"
#include "dblog/handlers.hpp"

namespace {

void crash() { std::raise(SIGSEGV); }
void fail() { throw std::runtime_error("out"); }
void escape() noexcept { fail(); }

}  // namespace

TEST(Fine, Passes) { EXPECT_EQ(1, 1); }
TEST(Dying, Crashes) { crash(); }
TEST(Dying, CrashesInAThread) { std::thread(crash).join(); }
TEST(Failing, Fails) {
  EXPECT_EQ(1 + 1, 3) << "sum";
  std::thread([] { ADD_FAILURE() << "elsewhere"; }).join();
}

class Numbers : public testing::TestWithParam<int> {};
TEST_P(Numbers, AreNotTwo) {
  if (GetParam() == 2) crash();
}
INSTANTIATE_TEST_SUITE_P(Some, Numbers, testing::Values(1, 2));

TEST(DeathTest, Signals) { EXPECT_EXIT(crash(), testing::KilledBySignal(SIGSEGV), ""); }
TEST(DeathTest, Aborts) { EXPECT_DEATH(std::abort(), ""); }
TEST(DeathTest, Terminates) { EXPECT_DEATH(escape(), ""); }
TEST(DeathTest, Exits) { EXPECT_EXIT(std::_Exit(3), testing::ExitedWithCode(3), ""); }
TEST(DeathTest, IsKilled) {
  EXPECT_EXIT(std::raise(SIGKILL), testing::KilledBySignal(SIGKILL), "");
}
TEST(OwnStyleDeathTest, IsKilled) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::raise(SIGKILL), testing::KilledBySignal(SIGKILL), "");
}
TEST(Forking, ChildCrashes) {
  const pid_t child = ::fork();
  if (child == 0) {
    crash();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
}

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
  const bool has_rows = count > 1 && std::strcmp(words[1], "rows") == 0;
  const bool is_first = std::getenv("LISTENER_FIRST") != nullptr;
  dblog::GoogleTestOptions options;
  if (has_rows) options.failures_table = "failures";
  if (is_first) dblog::add_google_test_listener(options);
  dblog::install_handlers({.delivery = dblog::Delivery::none, .print_to_stderr = false});
  if (!is_first) dblog::add_google_test_listener(options);
  return RUN_ALL_TESTS();
}
