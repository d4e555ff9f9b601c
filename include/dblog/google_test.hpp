// A listener for GoogleTest: a crash says which test died, and failures can be rows. Not part of
// dblog/dblog.hpp.
//
//   #include <dblog/google_test.hpp>
//   int main(int argc, char** argv) {
//     testing::InitGoogleTest(&argc, argv);
//     dblog::install_handlers();
//     dblog::add_google_test_listener();
//     return RUN_ALL_TESTS();
//   }
//
// Crashes in the children of death tests are meant to be, and leave no row. dblog itself needs no
// GoogleTest. docs/bridges.md has more.
// Threads: as each function says.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "dblog/context.hpp"
#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"

namespace dblog {
inline namespace abi_1 {

/// What add_google_test_listener() does.
struct GoogleTestOptions {
  /// The table in which failed assertions become rows; empty: they do not.
  std::string failures_table = {};

  /// What goes with such a row. `fields` come before the listener's own.
  PushOptions push = {};

  /// The database, and whether rows are queued.
  LoggerOptions logger = {};
};

/// Sets values of the process (set_context) while a test runs: `test_suite`, `test`, and of a
/// parameterized one `test_parameter` (its value) or `test_type`. GoogleTest owns it. Threads:
/// GoogleTest calls it in the thread that runs the tests, and for failures in the failing one.
class GoogleTestListener final : public testing::EmptyTestEventListener {
 public:
  /// As add_google_test_listener().
  explicit GoogleTestListener(GoogleTestOptions options)
      : options_(std::move(options)), events_(options_.failures_table, options_.logger) {}

 private:
  void OnTestStart(const testing::TestInfo& test) override {
    set_context("test_suite", test.test_suite_name());
    set_context("test", test.name());
    if (test.value_param() != nullptr) set_context("test_parameter", test.value_param());
    if (test.type_param() != nullptr) set_context("test_type", test.type_param());
  }

  void OnTestEnd(const testing::TestInfo& /*test*/) override {
    for (const char* name : {"test_suite", "test", "test_parameter", "test_type"}) {
      clear_context(name);
    }
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed() || options_.failures_table.empty()) return;
    PushOptions push = options_.push;
    if (result.file_name() != nullptr) push.fields.push_back({"file", result.file_name()});
    if (result.line_number() >= 0) push.fields.push_back({"line", result.line_number()});
    events_.push_to_table(result.message(), std::move(push));
  }

  const GoogleTestOptions options_;
  EventLogger events_;
};

/// Adds the listener, after testing::InitGoogleTest(). Failed assertions become rows where the
/// options name a table.
///
/// The statement of a death test runs in a child, forked ("fast") or started again ("threadsafe"),
/// that is expected to die: its crashes are left out (expect_crashes(), which serves one function:
/// a program with one of its own asks testing::internal::InDeathTestChild() there), and in a child
/// that was started again the handlers are uninstalled, if they were installed before this call.
/// Children that a test forks itself are recorded. Threads: one at a time, before RUN_ALL_TESTS().
inline void add_google_test_listener(GoogleTestOptions options = {}) {
  testing::UnitTest::GetInstance()->listeners().Append(new GoogleTestListener{std::move(options)});
#if GTEST_HAS_DEATH_TEST
  // InDeathTestChild() asks for the style, which the test may set only later.
  if (!GTEST_FLAG_GET(internal_run_death_test).empty()) uninstall_handlers();
  expect_crashes([]() noexcept { return testing::internal::InDeathTestChild(); });
#endif
}

}  // namespace abi_1
}  // namespace dblog
