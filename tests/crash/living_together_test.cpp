// dblog's handlers beside others, and in places that are bad for a database.
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void require_line_on_stderr(const ChildResult& child, const std::string& reason) {
  CHECK_THAT(child.err, Catch::Contains("SIGSEGV: write to address 0x0"));
  CHECK_THAT(child.err, Catch::Contains("NOT recorded"));
  CHECK_THAT(child.err, Catch::Contains(reason));
  CHECK_THAT(child.err, Catch::Contains("crash_child+0x"));
}

}  // namespace

TEST_CASE("crash: a handler that was installed before is called with the original siginfo") {
  CrashScene scene;
  const ChildResult child = scene.run({"low-read", "previous"});
  CHECK(child.out == "previous handler: signal 11 address 0x10\n");
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("crash: a handler that was installed before may end the process its own way") {
  CrashScene scene;
  CHECK(scene.run({"null-write", "previous-exit"}).exit_code() == 3);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("crash: a terminate handler that was installed before is called") {
  CrashScene scene;
  CHECK(scene.run({"throw", "previous-terminate"}).exit_code() == 4);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("crash: a signal that is sent to a program that ignores it is no crash") {
  CrashScene scene;
  CHECK(scene.run({"kill-self", "ignored"}).exit_code() == 0);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("crash: a fault kills and is recorded even where the signal is ignored") {
  CrashScene scene;
  CHECK(scene.run({"null-write", "ignored"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("crash: one line on stderr says what happened and where it is recorded") {
  CrashScene scene;
  const ChildResult child = scene.run({"null-write"});
  CHECK(child.err ==
        "dblog: SIGSEGV: write to address 0x0, where nothing is mapped (SEGV_MAPERR); "
        "recorded in " +
            scene.path("LOGS.db").string() + " as crash 1\n");
  CHECK(scene.run({"null-write", "quiet"}).err.empty());
}

TEST_CASE("crash: the database is private to its owner") {
  CrashScene scene;
  scene.run({"null-write"});
  for (const char* name : {"LOGS.db", "LOGS.db-wal", "LOGS.db-shm"}) {
    struct stat status {};
    REQUIRE(::stat(scene.path(name).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}

TEST_CASE("bad place: a file that is no database is named, left alone, and the crash said") {
  CrashScene scene;
  const std::string text(5'000, 'n');
  std::ofstream{scene.path("LOGS.db")} << text;
  const ChildResult child = scene.run({"null-write"});
  CHECK(child.signal() == SIGSEGV);
  CHECK_THAT(child.out, Catch::Contains("not an SQLite database; move it away"));
  require_line_on_stderr(child, "not an SQLite database");
  CHECK(bytes_of(scene.path("LOGS.db")) == text);
}

TEST_CASE("bad place: once a file that is no database is moved away, recover has the crash") {
  CrashScene scene;
  std::ofstream{scene.path("LOGS.db")} << std::string(5'000, 'n');
  CHECK(scene.run({"null-write"}).signal() == SIGSEGV);
  CHECK_THAT(scene.recover().err, Catch::Contains("is not an SQLite database; move it away") &&
                                      Catch::EndsWith("; once it is moved away, recover makes a "
                                                      "new one\n"));
  std::filesystem::rename(scene.path("LOGS.db"), scene.path("away"));
  const ChildResult list =
      scene.run_program({DBLOG_TOOL, "list", "--db", scene.path("LOGS.db").string()});
  CHECK_THAT(list.err, Catch::EndsWith("1 file of a process that is gone waits beside it: dblog "
                                       "recover\n"));
  CHECK(list.exit_code() == 3);
  const ChildResult child = scene.recover();
  CHECK(child.out == "crashes: 1, killed processes: 0\n");
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT signal_name FROM crashes") == "SIGSEGV");
}

TEST_CASE("bad place: a database of a newer schema is named, left alone, and the crash said") {
  CrashScene scene;
  (void)scene.query("PRAGMA user_version = 99; CREATE TABLE later(x);");
  const std::string before = bytes_of(scene.path("LOGS.db"));
  const ChildResult child = scene.run({"null-write"});
  CHECK(child.signal() == SIGSEGV);
  require_line_on_stderr(child, "newer dblog");
  CHECK(bytes_of(scene.path("LOGS.db")) == before);
}

TEST_CASE("bad place: a directory that does not exist is named and the crash said") {
  CrashScene scene;
  const ChildResult child =
      scene.run({"null-write", "database=" + scene.path("no/LOGS.db").string()});
  CHECK(child.signal() == SIGSEGV);
  CHECK_THAT(child.out, Catch::Contains("missing database"));
  require_line_on_stderr(child, "no such directory; make it");
}

TEST_CASE("bad place: a database that another process keeps locked costs a bounded time") {
  CrashScene scene;
  scene.run({"clean"});
  const ChildResult child = scene.run({"null-write", "locked"});
  CHECK(!child.timed_out);
  CHECK(child.signal() == SIGSEGV);
  require_line_on_stderr(child, "the database's lock is held, by another program");
}

TEST_CASE("bad place: a database deleted while the program runs is made again for the crash") {
  CrashScene scene;
  CHECK(scene.run({"deleted-database"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
  CHECK(scene.query("PRAGMA integrity_check") == "ok");
}

TEST_CASE("bad place: a program that closes all descriptors, as daemons do, is still recorded") {
  CrashScene scene;
  CHECK(scene.run({"closed-descriptors"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
  CHECK(scene.query("PRAGMA integrity_check") == "ok");
  CHECK(bytes_of(scene.path("reused")).empty());
}

TEST_CASE("install: a second call changes nothing, removing puts everything back") {
  CrashScene scene;
  CHECK(scene.run({"install-twice"}).signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
  CrashScene removed;
  CHECK(removed.run({"removed"}).signal() == SIGSEGV);
  CHECK(removed.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("check_handlers: names what another library has taken over, and only that") {
  CrashScene scene;
  CHECK(scene.run({"taken-over"}).out == "SIGSEGV\nstd::terminate\n");
  CHECK(scene.run({"not-taken-over"}).exit_code() == 0);
  CHECK(scene.run({"not-taken-over", "bare"}).exit_code() == 1);
}
