// The throw that a pushed error came from, read back by the sqlite3 shell.
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "dblog/event_logger.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/watched_throws.hpp"

namespace {

[[gnu::noinline]] void thrower() { throw std::runtime_error("thrown"); }

}  // namespace

TEST_CASE("event stacks: in a handler the exception's type and throw are there too") {
  const dblog::test::WatchedThrows watched;
  const dblog::test::TemporaryDirectory directory;
  dblog::EventLogger events{"t", directory / "LOGS.db"};
  try {
    thrower();
  } catch (const std::exception& error) {
    REQUIRE(events.push_to_table(error));
  }
  const auto query = [&](const std::string& sql) {
    return dblog::test::sqlite_shell(directory / "LOGS.db", sql);
  };
  CHECK(query("SELECT exception_type, pushed_at <> thrown_at FROM event_stacks;") ==
        "std::runtime_error|1");
  const std::string address = query(
      "SELECT address FROM stack_frames JOIN event_stacks ON stack_id = thrown_at "
      "WHERE depth = 0;");
  REQUIRE(!address.empty());
  CHECK(dblog::test::enclosing_function(std::stoull(address, nullptr, 16)) ==
        dblog::test::start_of(thrower));
}
