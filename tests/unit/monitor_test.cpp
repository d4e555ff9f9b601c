#include "dblog/monitor.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

using dblog::Monitor;
using dblog::PushResult;
using dblog::test::CapturedStderr;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

TEST_CASE("monitor: construction writes the machine's facts beside the database") {
  const TemporaryDirectory directory;
  const Monitor monitor{directory / "LOGS.db"};
  CHECK(std::filesystem::exists(directory / "config/config.json"));
}

TEST_CASE("monitor: a snapshot is a row of hw_logs and one of hw_details") {
  const TemporaryDirectory directory;
  Monitor monitor{directory / "LOGS.db"};
  const PushResult result = monitor.monitor("after start-up");
  REQUIRE(result);
  CHECK(result.id == 1);
  CHECK(sqlite_shell(
            directory / "LOGS.db",
            "SELECT task, pid, cpu_usage, CAST(memory AS INTEGER) > 1000000, threads >= 1 FROM "
            "hw_logs, hw_details WHERE hw_log_id = id;") ==
        "after start-up|" + std::to_string(::getpid()) + "|0.0|1|1");
}

TEST_CASE("monitor: another process can be looked at, and the date be given") {
  const TemporaryDirectory directory;
  Monitor monitor{directory / "LOGS.db"};
  REQUIRE(monitor.monitor("parent", ::getppid(), dblog::now()));
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT pid FROM hw_logs;") ==
        std::to_string(::getppid()));
}

TEST_CASE("monitor: a process that does not exist is an error, said once, and no row") {
  const TemporaryDirectory directory;
  const CapturedStderr captured(directory / "stderr");
  Monitor monitor{directory / "LOGS.db"};
  CHECK_FALSE(monitor.monitor("x", 0x7FFFFFFF));
  const PushResult result = monitor.monitor("x", 0x7FFFFFFF);
  CHECK(result.error == "process 2147483647: there is no such process");
  CHECK(captured.text() == "dblog: hardware monitor: " + result.error + "\n");
}

TEST_CASE("monitor: a place that is not writable is a warning, and the program goes on") {
  const TemporaryDirectory directory;
  const CapturedStderr captured(directory / "stderr");
  Monitor monitor{directory / "none/LOGS.db"};
  CHECK(captured.text().starts_with("dblog: hardware monitor: config.json not written: "));
  CHECK_FALSE(monitor.monitor("x"));
}

TEST_CASE("monitor: one that was moved from fails, the other goes on") {
  const TemporaryDirectory directory;
  Monitor first{directory / "LOGS.db"};
  Monitor second = std::move(first);
  CHECK_FALSE(first.monitor("x"));  // NOLINT(bugprone-use-after-move)
  CHECK(second.monitor("x"));
}
