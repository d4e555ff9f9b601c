// Programs that write far more than the limit, without the tool.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "dblog/event_logger.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::EventLogger;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

std::uintmax_t size_of(const std::filesystem::path& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

// Pushes `rows` of 300 bytes in a process with a limit of 2 MB; 1 if one of them failed, 2 if the
// file with its log was larger than `most` at some time.
int push_in_child(const std::filesystem::path& path, int rows, bool is_queued,
                  std::uintmax_t most) {
  return dblog::test::exit_status_of([&]() -> int {
    ::setenv("DBLOG_MAX_MB", "2", 1);
    const EventLogger rare{"rare", path};
    EventLogger errors{"errors", path};
    EventLogger chatter{"chatter", {.database = path, .queued = is_queued}};
    for (int i = 0; i < 10; ++i) {
      if (!errors.push_to_table("error " + std::to_string(i), {.slack = i == 5})) return 1;
    }
    const std::string message(300, 'x');
    for (int i = 0; i < rows; ++i) {
      if (!chatter.push_to_table(message)) return 1;
      const bool is_too_large = size_of(path) + size_of(path.native() + "-wal") > most;
      if (i % 100 == 0 && is_too_large) return 2;
    }
    return EventLogger::flush() ? 0 : 1;
  });
}

}  // namespace

TEST_CASE("retention: a program that logs a lot stays near its limit by itself") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  CHECK(push_in_child(path, 25'000, false, 12'000'000) == 0);
  CHECK(size_of(path) < 6'000'000);
  CHECK(sqlite_shell(path,
                     "SELECT count(*) FROM errors; SELECT count(*) FROM outbox; "
                     "SELECT max(id), count(*) > 2000 FROM chatter; PRAGMA integrity_check") ==
        "10\n1\n25000|1\nok");
}

TEST_CASE("retention: the queue's writer keeps the limit, too") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  // What is written between two looks at the size may be some thousand rows.
  CHECK(push_in_child(path, 100'000, true, 24'000'000) == 0);
  CHECK(size_of(path) < 16'000'000);  // 35 MB without: on a busy machine the last look comes late
  CHECK(sqlite_shell(path,
                     "SELECT count(*) FROM errors; SELECT count(*) FROM outbox; "
                     "SELECT max(id) FROM chatter; PRAGMA integrity_check") == "10\n1\n100000\nok");
}

TEST_CASE("retention: a reader that stays keeps no row from being written, nor from going") {
  const TemporaryDirectory directory;
  const auto path = directory / "LOGS.db";
  REQUIRE(push_in_child(path, 100, false, 12'000'000) == 0);
  std::FILE* reader = ::popen(("sqlite3 -batch '" + path.native() + "' > /dev/null").c_str(), "w");
  REQUIRE(reader != nullptr);
  const auto marker = directory / "reads";
  std::fputs("BEGIN; SELECT count(*) FROM chatter;\n", reader);
  std::fprintf(reader, ".shell touch '%s'\n", marker.c_str());
  std::fflush(reader);
  while (!std::filesystem::exists(marker)) REQUIRE(std::ferror(reader) == 0);
  CHECK(push_in_child(path, 4'000, false, 200'000'000) == 0);
  const auto log_held = size_of(path.native() + "-wal");
  std::fputs("COMMIT;\n", reader);
  ::pclose(reader);
  CHECK(log_held > 5'000'000);
  CHECK(push_in_child(path, 1'000, false, 200'000'000) == 0);
  CHECK(size_of(path) < 4'000'000);
  CHECK(size_of(path.native() + "-wal") <= 4'194'304);
  CHECK(sqlite_shell(path, "SELECT max(id) FROM chatter; PRAGMA integrity_check") == "5100\nok");
}
