// What another user plants between the look at the files and SQLite's own opening of them.
#include "src/sqlite/guarded_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "src/sqlite/sqlite_error.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::sqlite::Access;
using dblog::sqlite::RetryingDatabase;
using dblog::sqlite::StoreError;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

constexpr uid_t kOtherUser = 12'345;
constexpr std::chrono::seconds kWait{1};

fs::path make_closed_database(const TemporaryDirectory& directory) {
  const fs::path path = fs::canonical(directory.path()) / "LOGS.db";
  dblog::test::make_database(path);
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  REQUIRE_FALSE(fs::exists(path.string() + "-wal"));
  return path;
}

bool can_give_files_away() {
  if (::geteuid() == 0) return true;
  WARN("skipped: only root can give files away");
  return false;
}

void plant(const std::string& path) {
  std::ofstream{path} << "planted";
  REQUIRE(::chown(path.c_str(), kOtherUser, kOtherUser) == 0);
}

// As a program does that does not know them.
int close_all_of(const fs::path& database) {
  std::vector<int> found;
  for (const auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
    std::error_code ignored;
    const std::string target = fs::read_symlink(entry.path(), ignored).string();
    if (target.starts_with(database.native())) found.push_back(std::stoi(entry.path().filename()));
  }
  for (const int descriptor : found) ::close(descriptor);
  return static_cast<int>(found.size());
}

// The first statement opens the log and its index.
std::string failure_of_first_statement(SQLite::Database& database) {
  try {
    database.exec("SELECT * FROM crashes");
    return {};
  } catch (const SQLite::Exception& failure) {
    return dblog::sqlite::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(),
                                       database.getFilename())
        .text();
  }
}

TEST_CASE("guarded database: a sidecar file of another user is not read, whenever it comes") {
  if (!can_give_files_away()) return;
  for (const char* suffix : {"-wal", "-shm"}) {
    const TemporaryDirectory directory;
    const fs::path path = make_closed_database(directory);
    RetryingDatabase database{path.native(), Access::read, kWait};
    plant(path.string() + suffix);
    INFO(suffix);
    CHECK(failure_of_first_statement(database.start()).find(suffix) != std::string::npos);
    CHECK(fs::exists(path.string() + suffix));
  }
}

TEST_CASE("guarded database: the database is looked at as it is opened, not before") {
  if (!can_give_files_away()) return;
  const TemporaryDirectory directory;
  const fs::path path = make_closed_database(directory);
  // An earlier look has found it good.
  { const RetryingDatabase before{path.native(), Access::write, kWait}; }
  REQUIRE(::chown(path.c_str(), kOtherUser, kOtherUser) == 0);
  CHECK_THROWS_AS((RetryingDatabase{path.native(), Access::write, kWait}), StoreError);
}

TEST_CASE("guarded database: other databases of the program open as ever") {
  const TemporaryDirectory directory;
  const fs::path path = make_closed_database(directory);
  const RetryingDatabase ours{path.native(), Access::write, kWait};
  const fs::path other = fs::canonical(directory.path()) / "other.db";
  sqlite_shell(other, "CREATE TABLE t (a); INSERT INTO t VALUES (7);");
  REQUIRE(::chmod(other.c_str(), 0666) == 0);
  SQLite::Database program{other.string(), SQLite::OPEN_READWRITE};
  CHECK(program.execAndGet("SELECT a FROM t").getInt() == 7);
}

TEST_CASE("guarded database: no other database is attached") {
  const TemporaryDirectory directory;
  const fs::path path = make_closed_database(directory);
  const std::string other = (fs::canonical(directory.path()) / "other.db").string();
  sqlite_shell(other, "CREATE TABLE t (a);");
  RetryingDatabase database{path.native(), Access::write, kWait};
  CHECK_THROWS_AS(database.start().exec("ATTACH '" + other + "' AS other"), SQLite::Exception);
}

// The list of its locks, and its log's index, are the program's connection's, too.
TEST_CASE("guarded database: is not opened while a lost connection of the program's is") {
  const TemporaryDirectory directory;
  const fs::path path = make_closed_database(directory);
  std::optional<RetryingDatabase> ours{std::in_place, path.native(), Access::write, kWait};
  std::optional<SQLite::Database> program{std::in_place, path.string(), SQLite::OPEN_READWRITE};
  const char* const count = "SELECT count(*) FROM sqlite_master";
  const int tables = ours->start().execAndGet(count).getInt();
  CHECK(program->execAndGet(count).getInt() == tables);
  CHECK(close_all_of(path) >= 4);
  ours.reset();
  CHECK_THROWS_WITH((RetryingDatabase{path.native(), Access::write, kWait}),
                    Catch::Contains("sqlite3_close()"));
  program.reset();
  ours.emplace(path.native(), Access::write, kWait);
  CHECK(ours->start().execAndGet(count).getInt() == tables);
}

TEST_CASE("guarded database: one that cannot be written leaves no descriptor open") {
  if (!can_give_files_away()) return;
  const TemporaryDirectory directory;
  const fs::path path = make_closed_database(directory);
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  const int status = dblog::test::exit_status_of([&] {
    dblog::test::become_unprivileged();
    try {
      const RetryingDatabase database{path.native(), Access::write, kWait};
    } catch (const StoreError&) {
      return close_all_of(path);
    }
    return 99;
  });
  CHECK(status == 0);
}

TEST_CASE("guarded database: an endless statement ends, and its transaction is rolled back") {
  const TemporaryDirectory directory;
  const fs::path path = make_closed_database(directory);
  dblog::sqlite::RetryBackoff backoff;
  dblog::sqlite::GuardedDatabase database{path.native(), Access::write, backoff};
  database->exec("CREATE TABLE t (a)");
  backoff.start(dblog::sqlite::RetryBackoff::Clock::now(), std::chrono::milliseconds{1});
  CHECK_THROWS_AS(database->exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                 "INSERT INTO t SELECT i FROM n"),
                  SQLite::Exception);
  backoff.start(dblog::sqlite::RetryBackoff::Clock::now());
  CHECK(database->execAndGet("SELECT count(*) FROM t").getInt() == 0);
}

}  // namespace
