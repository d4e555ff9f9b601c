// A logger with a table `t` in a database of its own, read back by the sqlite3 shell.
#pragma once

#include <string>

#include "dblog/event_logger.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dblog::test {

struct EventScene {
  TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};

  std::string query(const std::string& sql) const {
    return sqlite_shell(directory / "LOGS.db", sql);
  }
};

}  // namespace dblog::test
