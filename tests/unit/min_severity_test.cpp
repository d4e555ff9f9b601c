// Which events are sent, by the settings slack_min_severity and mail_min_severity.
#include <catch2/catch.hpp>
#include <string>

#include "dblog/event_logger.hpp"
#include "src/api/tool_delivery.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::EventLogger;
using dblog::Severity;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

struct Scene {
  explicit Scene(const std::string& settings) {
    const auto file = directory.write(".env", settings);
    dblog::api::set_up_delivery(dblog::Delivery::none, directory / "LOGS.db", file, {});
  }
  ~Scene() {
    dblog::api::set_up_delivery(dblog::Delivery::none, directory / "LOGS.db", "/dev/null", {});
  }

  // "severity channel" of what is to be sent, when one event of each severity was pushed.
  std::string sent() {
    for (const Severity severity : {Severity::info, Severity::warning, Severity::error,
                                    Severity::critical, static_cast<Severity>(99)}) {
      EventLogger events{"t", directory / "LOGS.db"};
      REQUIRE(events.push_to_table("m", {.slack = true, .email = true, .severity = severity}));
    }
    CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM t;") == "5");
    return sqlite_shell(directory / "LOGS.db",
                        "SELECT group_concat(source_id || channel, ' ') FROM outbox;");
  }

  TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("min severity: without the settings all events are sent") {
  CHECK(Scene{""}.sent() ==
        "1slack 1email 2slack 2email 3slack 3email 4slack 4email 5slack 5email");
}

TEST_CASE("min severity: each channel has its own, and an unknown severity counts as error") {
  CHECK(Scene{"slack_min_severity=Critical\nmail_min_severity=error\n"}.sent() ==
        "3email 4slack 4email 5email");
}

TEST_CASE("min severity: a setting that is wrong lets everything through") {
  CHECK(Scene{"slack_min_severity=bad\nmail_min_severity=critical\n"}.sent() ==
        "1slack 2slack 3slack 4slack 4email 5slack");
}
