// A listener for Catch2 (version 2 and 3): a crash says which test case and section died, and
// failures can be rows. Not part of dblog/dblog.hpp.
//
//   // in the file with Catch's main: with version 2 after #define CATCH_CONFIG_MAIN or _RUNNER
//   #include <dblog/catch2.hpp>
//   using dblog::Catch2Listener;
//   CATCH_REGISTER_LISTENER(Catch2Listener)
//
// dblog itself needs no Catch2. docs/bridges.md says what becomes of Catch's own signal handlers.
// Threads: as each function says.
#pragma once

#if __has_include(<catch2/reporters/catch_reporter_event_listener.hpp>)
#include <catch2/catch_assertion_result.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#define DBLOG_CATCH2_VERSION 3
#else
#include <catch2/catch.hpp>
#define DBLOG_CATCH2_VERSION 2
#endif

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dblog/context.hpp"
#include "dblog/event_logger.hpp"

namespace dblog {
inline namespace abi_1 {

#if DBLOG_CATCH2_VERSION == 3
/// What Catch2 calls a listener's base.
using Catch2ListenerBase = Catch::EventListenerBase;
#else
/// What Catch2 calls a listener's base.
using Catch2ListenerBase = Catch::TestEventListenerBase;
#endif

/// Sets values of the process (set_context) while a test case runs: `test`, and inside of sections
/// `test_section`, their names with " / " between them. They stay while Catch2 reports a fatal
/// signal, so that the crash has them. Threads: Catch2 calls it in the thread that runs the tests.
class Catch2Listener : public Catch2ListenerBase {
 public:
  using Catch2ListenerBase::Catch2ListenerBase;

  /// Failed assertions become rows of `table` from here on, with the fields `file`, `line` and
  /// those of the test; a fatal signal does not, it is a crash. Call it in main(), before the
  /// session runs. Threads: one at a time, while no test runs.
  static void push_failures_to(std::string_view table, LoggerOptions logger = {}) {
    failures() = std::make_unique<EventLogger>(table, std::move(logger));
  }

  /// Of Catch2.
  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    set_context("test", test.name);
  }
  /// Of Catch2.
  void testCaseEnded(const Catch::TestCaseStats& /*stats*/) override {
    if (!is_dying_) clear_context("test");
  }

  /// Of Catch2. The outermost section is the test case itself.
  void sectionStarting(const Catch::SectionInfo& section) override {
    sections_.push_back(section.name);
    name_sections();
  }
  /// Of Catch2.
  void sectionEnded(const Catch::SectionStats& /*stats*/) override {
    if (is_dying_ || sections_.empty()) return;
    sections_.pop_back();
    name_sections();
  }

#if DBLOG_CATCH2_VERSION == 3
  /// Of Catch2.
  void assertionEnded(const Catch::AssertionStats& stats) override { keep(stats); }
#else
  /// Of Catch2.
  void assertionStarting(const Catch::AssertionInfo& /*assertion*/) override {}
  /// Of Catch2.
  bool assertionEnded(const Catch::AssertionStats& stats) override {
    keep(stats);
    return true;
  }
#endif

 private:
  static std::unique_ptr<EventLogger>& failures() {
    static std::unique_ptr<EventLogger> logger;
    return logger;
  }

  void name_sections() const {
    std::string names;
    for (std::size_t i = 1; i < sections_.size(); ++i) {
      names += (i == 1 ? "" : " / ") + sections_[i];
    }
    if (names.empty()) {
      clear_context("test_section");
    } else {
      set_context("test_section", names);
    }
  }

  // A fatal signal is reported from within Catch's handler: nothing is allocated or pushed there.
  void keep(const Catch::AssertionStats& stats) {
    const Catch::AssertionResult& result = stats.assertionResult;
    is_dying_ = is_dying_ || result.getResultType() == Catch::ResultWas::FatalErrorCondition;
    if (is_dying_ || result.isOk() || failures() == nullptr) return;
    std::string text{result.getExpressionInMacro()};
    if (result.hasExpandedExpression())
      text += "\nwith expansion: " + result.getExpandedExpression();
    const auto message = static_cast<std::string>(result.getMessage());
    if (!message.empty()) text += "\n" + message;
    for (const Catch::MessageInfo& info : stats.infoMessages) {
      if (info.message != message) text += "\n" + info.message;  // FAIL has it twice
    }
    const Catch::SourceLineInfo place = result.getSourceInfo();
    failures()->push_to_table(text, {.fields = {{"file", place.file}, {"line", place.line}}});
  }

  std::vector<std::string> sections_;
  bool is_dying_ = false;
};

}  // namespace abi_1
}  // namespace dblog

#undef DBLOG_CATCH2_VERSION
