// The stacks that go with pushed errors, read back by the sqlite3 shell.
#include "src/event/event_stack.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "dblog/event_logger.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/enclosing_function.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::EventLogger;
using dblog::PushOptions;
using dblog::test::enclosing_function;
using dblog::test::sqlite_shell;
using dblog::test::start_of;
using dblog::test::TemporaryDirectory;

volatile int sink = 0;

[[gnu::noinline]] bool pusher(EventLogger& events, PushOptions options = {}) {
  const bool is_ok = events.push_to_table("an error", options).ok;
  sink = sink + 1;
  return is_ok;
}
[[gnu::noinline]] void thrower() { throw std::runtime_error("thrown"); }

[[gnu::noinline]] bool catch_and_push(EventLogger& events) {
  try {
    thrower();
  } catch (const std::exception& error) {
    return events.push_to_table(error).ok;
  }
  return false;
}

struct Scene {
  TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};

  std::string query(const std::string& sql) const {
    return sqlite_shell(directory / "LOGS.db", sql);
  }
};

}  // namespace

TEST_CASE("event stacks: a pushed error has the stack of the push, without dblog's own frames") {
  Scene scene;
  REQUIRE(pusher(scene.events));
  const std::string address = scene.query("SELECT address FROM stack_frames WHERE depth = 0;");
  CHECK(enclosing_function(std::stoull(address, nullptr, 16)) == start_of(pusher));
  CHECK(scene.query("SELECT source_table, source_id, pid, tid, exception_type, thrown_at "
                    "FROM event_stacks;") ==
        "t|1|" + std::to_string(::getpid()) + "|" + std::to_string(::gettid()) + "||");
}

TEST_CASE("event stacks: each frame names its file, build id and offset") {
  Scene scene;
  REQUIRE(pusher(scene.events));
  const std::string program = fs::read_symlink("/proc/self/exe");
  CHECK(scene.query("SELECT module, length(build_id), return_address, function IS NULL "
                    "FROM stack_frames WHERE depth = 0;") == program + "|40|1|1");
  CHECK(scene.query("SELECT count(*) = count(offset) AND count(*) = max(depth) + 1 AND "
                    "min(depth) = 0 AND min(address LIKE '0x%') FROM stack_frames;") == "1");
}

TEST_CASE("event stacks: without handlers installed the throw is not known, the type is") {
  Scene scene;
  REQUIRE(catch_and_push(scene.events));
  CHECK(scene.query("SELECT exception_type, thrown_at IS NULL FROM event_stacks;") ==
        "std::runtime_error|1");
}

TEST_CASE("event stacks: an exception object outside of a handler has its type") {
  Scene scene;
  REQUIRE(scene.events.push_to_table(std::out_of_range("kept")));
  CHECK(scene.query("SELECT exception_type FROM event_stacks;") == "std::out_of_range");
}

TEST_CASE("event stacks: an error that repeats writes its stack once") {
  Scene scene;
  for (int i = 0; i < 20; ++i) REQUIRE(pusher(scene.events));
  CHECK(scene.query("SELECT count(*), count(DISTINCT pushed_at) FROM event_stacks;"
                    "SELECT count(*) FROM stacks;"
                    "SELECT count(*) = count(DISTINCT depth) FROM stack_frames;") == "20|1\n1\n1");
}

TEST_CASE("event stacks: other places have other stacks") {
  Scene scene;
  REQUIRE(pusher(scene.events));
  REQUIRE(pusher(scene.events));
  CHECK(scene.query("SELECT count(*) FROM stacks;") == "2");
}

TEST_CASE("event stacks: none where none is wanted") {
  Scene scene;
  REQUIRE(pusher(scene.events, {.stack = false}));
  CHECK(scene.query("SELECT count(*) FROM event_stacks; SELECT count(*) FROM stacks;") == "0\n0");
}

TEST_CASE("event stacks: a stack that was rolled back is written by the next push") {
  Scene scene;
  const dblog::test::CapturedStderr captured(scene.directory / "stderr");
  REQUIRE(pusher(scene.events, {.stack = false}));
  scene.query("CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END");
  for (const bool is_refused : {true, false}) {
    CHECK(pusher(scene.events, {.slack = is_refused}) != is_refused);
    const std::string expected = is_refused ? "0" : "1";
    CHECK(scene.query("SELECT count(*) FROM stacks; SELECT count(*) > 0 FROM stack_frames;") ==
          expected + "\n" + expected);
  }
}

TEST_CASE("event stacks: a new database gets the stacks that the old one had") {
  Scene scene;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(pusher(scene.events));
    CHECK(scene.query("SELECT count(*) FROM stacks; SELECT count(*) > 0 FROM stack_frames;") ==
          "1\n1");
    for (const char* name : {"LOGS.db", "LOGS.db-wal", "LOGS.db-shm"}) {
      fs::remove(scene.directory / name);
    }
  }
}

TEST_CASE("event stacks: stacks that another process deleted are written again") {
  Scene scene;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(pusher(scene.events));
    CHECK(scene.query("SELECT count(*) FROM stacks; SELECT count(*) > 0 FROM stack_frames;") ==
          "1\n1");
    scene.query("DELETE FROM stack_frames; DELETE FROM stacks;");
  }
}

TEST_CASE("event stacks: a table that was dropped and made again goes on") {
  Scene scene;
  REQUIRE(pusher(scene.events));
  scene.query("DROP TABLE t;");
  REQUIRE(pusher(scene.events));
  CHECK(scene.query("SELECT count(*), max(source_id) FROM event_stacks;") == "1|1");
}

TEST_CASE("event stacks: another thread and a forked child push under their own ids") {
  Scene scene;
  std::thread{[&] { pusher(scene.events); }}.join();
  CHECK(dblog::test::exit_status_of([&] { return pusher(scene.events) ? 0 : 1; }) == 0);
  CHECK(scene.query("SELECT count(*), count(DISTINCT pid), count(DISTINCT tid) "
                    "FROM event_stacks;") == "2|2|2");
}
