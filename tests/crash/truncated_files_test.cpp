// Files that another program truncates, deletes or replaces while the process uses them: a program
// that would have lived goes on, what dblog calls committed is there, and dblog reports what is
// lost.
#include <catch2/catch.hpp>
#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("truncated files: a queue's does not end the program, whose events are committed") {
  CrashScene scene;
  const ChildResult child = scene.run_program({TRUNCATING_CHILD, "queue"});
  INFO(child.err);
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT group_concat(msg) FROM (SELECT msg FROM t ORDER BY id)") ==
        "before,meets the truncated file,after");
  CHECK(count(child.err, "was truncated by another program; no queued event is lost") == 1);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("truncated files: dblog reports the events that a queue lost, once") {
  CrashScene scene;
  const ChildResult child = scene.run_program({TRUNCATING_CHILD, "held-queue"});
  INFO(child.err);
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT count(*) FROM t WHERE msg IN ('before', 'after')") == "2");
  // The writer may have read them before the file was truncated.
  const int kept = std::stoi(scene.query("SELECT count(*) FROM t WHERE msg LIKE 'waits%'"));
  // At most that many are lost: the last one may have begun in the queue before its call committed
  // it.
  const int lost = std::stoi(child.out);
  CHECK(lost >= 3 - kept);
  CHECK(lost <= 4 - kept);
  CHECK(count(child.err, "was truncated by another program") == 1);
  CHECK(count(child.err, lost == 0 ? "no queued event is lost" : "queued events are lost") == 1);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("truncated files: without handlers a truncated queue ends the program by SIGBUS") {
  CrashScene scene;
  CHECK(scene.run_program({TRUNCATING_CHILD, "plain-queue"}).signal() == SIGBUS);
}

TEST_CASE("truncated files: the index of the log does not end the program, whose rows are there") {
  CrashScene scene;
  const ChildResult child = scene.run_program({TRUNCATING_CHILD, "index"});
  INFO(child.err << child.out);
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT group_concat(msg) FROM (SELECT msg FROM t ORDER BY id)") ==
        "before,after,at last");
  CHECK(scene.query("PRAGMA integrity_check") == "ok");
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("truncated files: a crash after the index was truncated is recorded as what it is") {
  CrashScene scene;
  CHECK(scene.run_program({TRUNCATING_CHILD, "index-crash"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*), kind, signal_name FROM crashes") == "1|signal|SIGSEGV");
  CHECK(scene.query("SELECT msg FROM t") == "before");
  CHECK(scene.query("PRAGMA integrity_check") == "ok");
}

TEST_CASE("replaced files: what is pushed and recorded afterwards is in the database") {
  for (const char* command :
       {"truncate -s 0 LOGS.db", "truncate -s 0 LOGS.db LOGS.db-wal LOGS.db-shm", "rm LOGS.db",
        "rm LOGS.db-wal", "rm LOGS.db-shm", "rm LOGS.db-wal LOGS.db-shm", "mv other.db LOGS.db",
        "rm LOGS.db LOGS.db-wal LOGS.db-shm", "sqlite3 LOGS.db '.restore backup.db'",
        "sqlite3 LOGS.db 'PRAGMA wal_checkpoint' && sqlite3 LOGS.db '.restore backup.db'",
        "mv LOGS.db moved.db"}) {
    INFO(command);
    CrashScene scene;
    REQUIRE(scene.run_program({"sqlite3", "other.db", "CREATE TABLE other (x)"}).exit_code() == 0);
    REQUIRE(scene.run_program({"sqlite3", "backup.db", "CREATE TABLE other (x)"}).exit_code() == 0);
    const ChildResult child = scene.run_program({TRUNCATING_CHILD, "shell", command});
    INFO(child.out << child.err);
    CHECK(child.signal() == SIGSEGV);
    CHECK(scene.query("SELECT count(*) FROM t WHERE msg = 'after'") == "2");
    CHECK(scene.query("SELECT count(*), signal_name FROM crashes") == "1|SIGSEGV");
    CHECK(scene.query("PRAGMA integrity_check") == "ok");
    const std::string before = scene.query("SELECT count(*) FROM t WHERE msg = 'before'");
    if (command == std::string{"rm LOGS.db-wal"}) CHECK(before == "100");
    if (command == std::string{"mv LOGS.db moved.db"}) {
      CHECK(scene.run_program({"sqlite3", "moved.db", "SELECT count(*) FROM t"}).out == "100\n");
    }
  }
}

// The same file with other bytes, which SQLite is not told. `other` has more pages than the
// database, `small` fewer; `stale` is the database as it was 50 rows ago.
TEST_CASE("overwritten files: what is pushed and recorded afterwards is in what was copied there") {
  constexpr const char* kOther =
      "PRAGMA journal_mode = WAL; CREATE TABLE other (id INTEGER PRIMARY KEY AUTOINCREMENT, x);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
      "INSERT INTO other(x) SELECT hex(randomblob(100)) FROM n";
  constexpr const char* kMakeStale =
      "sqlite3 LOGS.db \".backup 'stale.db'\" && "
      "sqlite3 stale.db 'DELETE FROM t WHERE id > 50; UPDATE sqlite_sequence SET seq = 50' && "
      "cp stale.db LOGS.db";
  struct Case {
    std::string copy;
    std::string of_before;  // rows
  };
  const std::vector<Case> copies = {{"cp other.db LOGS.db", ""},
                                    {"cat small.db > LOGS.db", ""},
                                    {"dd if=other.db of=LOGS.db conv=notrunc status=none", ""},
                                    {kMakeStale, "50"},
                                    {"touch LOGS.db", "100"}};
  for (const char* before : {"", "sqlite3 LOGS.db 'PRAGMA wal_checkpoint' && ",
                             "sqlite3 LOGS.db 'PRAGMA wal_checkpoint(TRUNCATE)' && "}) {
    for (const Case& one : copies) {
      for (const char* way : {"shell", "shell-crash"}) {
        const std::string command = before + one.copy;
        CAPTURE(command, way);
        CrashScene scene;
        REQUIRE(scene.run_program({"sqlite3", "other.db", kOther}).exit_code() == 0);
        REQUIRE(scene
                    .run_program({"sqlite3", "small.db",
                                  "PRAGMA journal_mode = WAL; CREATE TABLE small (x)"})
                    .exit_code() == 0);
        const ChildResult child = scene.run_program({TRUNCATING_CHILD, way, command});
        INFO(child.out << child.err);
        CHECK(child.signal() == SIGSEGV);
        CHECK(scene.query("SELECT count(*), signal_name FROM crashes") == "1|SIGSEGV");
        CHECK(scene.query("PRAGMA integrity_check") == "ok");
        if (way == std::string{"shell"}) {
          CHECK(scene.query("SELECT count(*) FROM t WHERE msg = 'after'") == "2");
        }
        if (!one.of_before.empty()) {
          CHECK(scene.query("SELECT count(*) FROM t WHERE msg = 'before'") == one.of_before);
        }
      }
    }
  }
}
