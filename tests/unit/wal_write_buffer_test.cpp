// One connection that gathers beside one that does not, on one file: both see the same database,
// whatever is spilled, rolled back, restarted or refused by the disk.
#include "handlers/sqlite/wal_write_buffer.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::crash::WalWriteBuffer;
using dblog::test::TemporaryDirectory;

struct Write {
  int size;
  sqlite3_int64 offset;
};

// What reaches the file of the log; can be told to refuse.
struct Disk {
  std::vector<Write> writes;
  int refused_from = -1;  // the number of the write; -1: none
};
Disk disk;
const sqlite3_io_methods* real_log = nullptr;
sqlite3_io_methods watched_log;

int watched_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  disk.writes.push_back({size, offset});
  const bool is_refused =
      disk.refused_from >= 0 && static_cast<int>(disk.writes.size()) > disk.refused_from;
  return is_refused ? SQLITE_FULL : real_log->xWrite(file, data, size, offset);
}

int watched_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  const int code = sqlite3_vfs_find(nullptr)->xOpen(vfs, name, file, flags, out);
  if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
    real_log = file->pMethods;
    watched_log = *real_log;
    watched_log.xWrite = watched_write;
    file->pMethods = &watched_log;
  }
  return code;
}

const int kFlags = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;

class Gathering {
 public:
  explicit Gathering(const std::filesystem::path& path) {
    disk = Disk{};
    watched_ = *sqlite3_vfs_find(nullptr);
    watched_.xOpen = watched_open;
    sqlite3_vfs* vfs = gathering_.over(watched_);
    sqlite3_vfs_register(vfs, 0);
    database_.emplace(path.native(), kFlags, 0, gathering_.name());
    sqlite3_vfs_unregister(vfs);
    database_->exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  }

  [[nodiscard]] bool has_lost_index() const { return gathering_.has_lost_index(); }

  SQLite::Database* operator->() { return &*database_; }
  SQLite::Database& operator*() { return *database_; }

 private:
  sqlite3_vfs watched_{};
  WalWriteBuffer gathering_;
  std::optional<SQLite::Database> database_;
};

SQLite::Database plain(const std::filesystem::path& path) {
  SQLite::Database database{path.native(), kFlags};
  database.exec("PRAGMA synchronous = NORMAL");
  return database;
}

std::string integrity(SQLite::Database& database) {
  return database.execAndGet("PRAGMA integrity_check").getString();
}

int count(SQLite::Database& database) {
  return database.execAndGet("SELECT count(*) FROM t").getInt();
}

constexpr const char* kThousandRows =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
    "INSERT INTO t (v) SELECT randomblob(3000) FROM n";

}  // namespace

TEST_CASE("wal write buffer: a transaction is one write, and others see it at once") {
  const TemporaryDirectory directory;
  Gathering ours{directory / "a.db"};
  ours->exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE INDEX i ON t (v)");
  SQLite::Database other = plain(directory / "a.db");
  for (int i = 1; i <= 3; ++i) {
    disk.writes.clear();
    ours->exec("BEGIN; INSERT INTO t (v) VALUES ('x'); INSERT INTO t (v) VALUES ('y'); COMMIT");
    REQUIRE(disk.writes.size() == 1);
    CHECK(disk.writes[0].size >= 2 * (24 + 4096));
    CHECK(count(other) == 2 * i);
  }
}

TEST_CASE("wal write buffer: goes on when the log begins again") {
  const TemporaryDirectory directory;
  Gathering ours{directory / "a.db"};
  ours->exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  ours->exec(kThousandRows);
  ours->exec("PRAGMA wal_checkpoint(RESTART); INSERT INTO t (v) VALUES ('the first')");
  disk.writes.clear();
  ours->exec("INSERT INTO t (v) VALUES ('x')");
  CHECK(disk.writes.size() == 1);
}

TEST_CASE("wal write buffer: synced transactions are one write as well") {
  const TemporaryDirectory directory;
  Gathering ours{directory / "a.db"};
  ours->exec("PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  disk.writes.clear();
  ours->exec("INSERT INTO t (v) VALUES ('x')");
  CHECK(disk.writes.size() == 1);
}

TEST_CASE("wal write buffer: a transaction that is larger than what is gathered comes in pieces") {
  const TemporaryDirectory directory;
  Gathering ours{directory / "a.db"};
  ours->exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  SQLite::Database other = plain(directory / "a.db");
  disk.writes.clear();
  ours->exec(kThousandRows);
  CHECK(disk.writes.size() < 150);
  CHECK(count(other) == 1'000);
  CHECK(integrity(other) == "ok");
}

TEST_CASE("wal write buffer: what was spilled and rolled back does not touch what others commit") {
  const TemporaryDirectory directory;
  Gathering ours{directory / "a.db"};
  ours->exec("PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  SQLite::Database other = plain(directory / "a.db");
  int expected = 0;
  for (const int spilling : {12, 16, 20, 40, 400}) {
    ours->exec("BEGIN");
    for (int i = 0; i < spilling; ++i) ours->exec("INSERT INTO t (v) VALUES (randomblob(3000))");
    ours->exec("ROLLBACK");
    other.exec("BEGIN");
    for (int i = 0; i < 50; ++i) other.exec("INSERT INTO t (v) VALUES (randomblob(3000))");
    other.exec("COMMIT");
    expected += 50;
    CHECK(count(*ours) == expected);
    CHECK(integrity(other) == "ok");
  }
}

TEST_CASE("wal write buffer: a disk that refuses fails the commit, and the next one is whole") {
  const TemporaryDirectory directory;
  Gathering ours{directory / "a.db"};
  ours->exec("PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  SQLite::Database other = plain(directory / "a.db");
  for (const int refused_from : {0, 1, 5, 40}) {
    disk.writes.clear();
    disk.refused_from = refused_from;
    CHECK_THROWS_AS(ours->exec(kThousandRows), SQLite::Exception);
    disk.refused_from = -1;
    CHECK(count(other) == 0);
    other.exec("INSERT INTO t (v) VALUES ('between'); DELETE FROM t");
    CHECK(count(*ours) == 0);
  }
  ours->exec(kThousandRows);
  CHECK(count(other) == 1'000);
  CHECK(integrity(other) == "ok");
}

TEST_CASE(
    "wal write buffer: after a write that failed nothing of the transaction can be committed") {
  const TemporaryDirectory directory;
  Gathering ours{directory / "a.db"};
  ours->exec("PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  ours->exec("CREATE TABLE u (id INTEGER PRIMARY KEY, v UNIQUE)");
  SQLite::Database other = plain(directory / "a.db");
  ours->exec("BEGIN");
  for (int i = 0; i < 40; ++i) ours->exec("INSERT INTO t (v) VALUES (randomblob(3000))");
  disk.refused_from = 0;
  // Of a statement that fails for a full disk SQLite by itself takes back no more than that.
  CHECK_THROWS_AS(ours->exec("INSERT INTO u (v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                             "i + 1 FROM n WHERE i < 400) SELECT randomblob(3000) FROM n"),
                  SQLite::Exception);
  disk.refused_from = -1;
  try {
    ours->exec("INSERT INTO u (v) VALUES ('later'); COMMIT");
  } catch (const SQLite::Exception&) {
    if (sqlite3_get_autocommit(ours->getHandle()) == 0) ours->exec("ROLLBACK");
  }
  CHECK(integrity(other) == "ok");
  ours->exec("INSERT INTO t (v) VALUES ('x')");
  CHECK(integrity(*ours) == "ok");
  CHECK(count(other) == count(*ours));
}

namespace {

// Random transactions on two connections; the model is what was committed.
class TwoWriters {
 public:
  explicit TwoWriters(unsigned seed) : random_(seed), ours_(directory_ / "a.db") {
    ours_->exec(
        "PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, v); "
        "CREATE INDEX i ON t (v); PRAGMA wal_autocheckpoint = 50");
    other_.emplace(plain(directory_ / "a.db"));
  }

  void transaction() {
    SQLite::Database& database = pick(3) == 0 ? *other_ : *ours_;
    std::map<int, std::string> state = committed_;
    database.exec("BEGIN IMMEDIATE");
    for (int i = pick(6); i >= 0; --i) change(database, state);
    if (pick(3) == 0) {
      const auto before = state;
      database.exec("SAVEPOINT s");
      for (int i = pick(6); i >= 0; --i) change(database, state);
      if (pick(2) == 0) {
        database.exec("ROLLBACK TO s");
        state = before;
      }
      database.exec("RELEASE s");
      change(database, state);
    }
    const bool is_kept = pick(4) != 0;
    database.exec(is_kept ? "COMMIT" : "ROLLBACK");
    if (is_kept) committed_ = state;
  }

  void checkpoint() {
    SQLite::Database& database = pick(2) == 0 ? *other_ : *ours_;
    constexpr const char* kHow[] = {"PASSIVE", "RESTART", "TRUNCATE"};
    database.exec(std::string("PRAGMA wal_checkpoint(") + kHow[pick(3)] + ")");
  }

  bool agrees() {
    return content(*ours_) == committed_ && content(*other_) == committed_ &&
           integrity(*other_) == "ok" && is_whole_without_index();
  }

  int pick(int count) { return std::uniform_int_distribution<int>{0, count - 1}(random_); }

 private:
  // A reader that finds the files after a crash of all reads through the log, and checks its sums.
  bool is_whole_without_index() {
    const auto copied = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(directory_ / "a.db", directory_ / "b.db", copied);
    std::filesystem::copy_file(directory_ / "a.db-wal", directory_ / "b.db-wal", copied);
    SQLite::Database found = plain(directory_ / "b.db");
    return content(found) == committed_;
  }

  void change(SQLite::Database& database, std::map<int, std::string>& state) {
    const int first = pick(200);
    const int rows = 1 + pick(40);
    SQLite::Statement put{database, "INSERT OR REPLACE INTO t VALUES (?, ?)"};
    for (int id = first; id < first + rows; ++id) {
      const std::string value(static_cast<std::size_t>(pick(3'000)),
                              static_cast<char>('a' + pick(26)));
      put.bind(1, id);
      put.bind(2, value);
      put.exec();
      put.reset();
      state[id] = value;
    }
  }

  static std::map<int, std::string> content(SQLite::Database& database) {
    std::map<int, std::string> rows;
    SQLite::Statement all{database, "SELECT id, v FROM t"};
    while (all.executeStep()) rows[all.getColumn(0).getInt()] = all.getColumn(1).getString();
    return rows;
  }

  std::mt19937 random_;
  TemporaryDirectory directory_;
  Gathering ours_;
  std::optional<SQLite::Database> other_;
  std::map<int, std::string> committed_;
};

}  // namespace

TEST_CASE("wal write buffer: random transactions leave what a connection without it leaves") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    TwoWriters writers{seed};
    for (int step = 0; step < 60; ++step) {
      writers.transaction();
      if (writers.pick(8) == 0) writers.checkpoint();
      if (step % 6 == 5) REQUIRE(writers.agrees());
    }
  }
}

TEST_CASE(
    "wal write buffer: whose index is truncated writes nothing more, and others lose nothing") {
  const TemporaryDirectory directory;
  const auto path = directory / "db";
  struct sigaction before {};
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    if (!dblog::process::mend_mapping(info->si_addr)) ::_exit(99);
  };
  ::sigaction(SIGBUS, &action, &before);
  {
    Gathering database{path};
    database->exec("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    std::filesystem::resize_file(path.native() + "-shm", 0);
    CHECK_THROWS_AS(database->exec("INSERT INTO t VALUES (2)"), SQLite::Exception);
    CHECK(database.has_lost_index());
    CHECK_THROWS_AS(database->exec("INSERT INTO t VALUES (3)"), SQLite::Exception);
    SQLite::Database other = plain(path);
    other.exec("INSERT INTO t VALUES (4)");
    CHECK(other.execAndGet("SELECT group_concat(x) FROM t").getString() == "1,4");
    CHECK(other.execAndGet("PRAGMA integrity_check").getString() == "ok");
  }
  ::sigaction(SIGBUS, &before, nullptr);
}
