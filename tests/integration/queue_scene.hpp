// A logger that queues, in a directory of its own, and what the sqlite3 shell finds there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "dblog/event_logger.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dblog::test {

inline EventLogger queued_logger(const TemporaryDirectory& directory,
                                 std::string_view table = "t") {
  return EventLogger{table, {.database = directory / "LOGS.db", .queued = true}};
}

inline std::string rows(const TemporaryDirectory& directory) {
  return sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t ORDER BY id;");
}

/// Of messages "t/7", where the letter names the thread: how many rows, how many different ones;
/// how many stand before an earlier one of their thread; whether the file is whole. "3|3\n0\nok".
inline std::string in_order(const TemporaryDirectory& directory) {
  return sqlite_shell(directory / "LOGS.db",
                      "SELECT count(*), count(DISTINCT msg) FROM t;"
                      "SELECT count(*) FROM (SELECT CAST(substr(msg, 3) AS INTEGER) AS n, "
                      "lag(CAST(substr(msg, 3) AS INTEGER)) OVER (PARTITION BY substr(msg, 1, 1) "
                      "ORDER BY id) AS p FROM t) WHERE p > n; PRAGMA integrity_check;");
}

inline int count_queue_files(const TemporaryDirectory& directory) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    count += entry.path().filename().string().find("-queue-") != std::string::npos ? 1 : 0;
  }
  return count;
}

}  // namespace dblog::test
