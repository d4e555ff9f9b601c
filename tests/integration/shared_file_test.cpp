// A database that is deleted or moved while several processes have it open.
#include <catch2/catch.hpp>

#include "tests/support/child_process.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::event_row;
using dblog::test::sqlite_shell;
using dblog::test::store_at;
using dblog::test::TemporaryDirectory;

// A process that appends a row whenever it is told to.
class OtherWriter {
 public:
  explicit OtherWriter(const fs::path& database)
      : pipes_(), body_([this, database] { return serve(database); }), child_(body_) {}
  ~OtherWriter() { ::close(pipes_.orders[1]); }

  bool append(char message) {
    char answer = 0;
    return ::write(pipes_.orders[1], &message, 1) == 1 &&
           ::read(pipes_.answers[0], &answer, 1) == 1 && answer == '1';
  }

 private:
  struct Pipes {
    int orders[2], answers[2];
    Pipes() {
      if (::pipe(orders) != 0 || ::pipe(answers) != 0) throw std::runtime_error("pipe failed");
    }
  };

  int serve(const fs::path& database) const {
    ::close(pipes_.orders[1]);
    char message;
    while (::read(pipes_.orders[0], &message, 1) == 1) {
      const bool ok = store_at(database).append(event_row("t", std::string(1, message))).ok();
      if (::write(pipes_.answers[1], ok ? "1" : "0", 1) != 1) return 1;
    }
    return 0;
  }

  Pipes pipes_;
  std::function<int()> body_;
  dblog::test::ChildProcess<std::function<int()>> child_;
};

}  // namespace

// The other process still has the deleted database's -shm mapped and locked when we make the new
// one. If the new one shared it, both would look for rows where the old log had them.
TEST_CASE("shared file: all processes follow when the database alone is deleted") {
  const TemporaryDirectory directory;
  OtherWriter other(directory / "LOGS.db");
  for (const char message : {'a', 'b', 'c', 'd'}) REQUIRE(other.append(message));
  REQUIRE(store_at(directory / "LOGS.db").append(event_row("t", "e")).ok());
  fs::remove(directory / "LOGS.db");
  REQUIRE(store_at(directory / "LOGS.db").append(event_row("t", "f")).ok());
  REQUIRE(other.append('g'));
  REQUIRE(store_at(directory / "LOGS.db").append(event_row("t", "h")).ok());
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT group_concat(msg, '') FROM t; PRAGMA "
                     "integrity_check;") == "fgh\nok");
}

TEST_CASE("shared file: a moved database keeps the rows of every process that had it open") {
  const TemporaryDirectory directory;
  OtherWriter other(directory / "LOGS.db");
  REQUIRE(other.append('a'));
  REQUIRE(store_at(directory / "LOGS.db").append(event_row("t", "b")).ok());
  fs::rename(directory / "LOGS.db", directory / "old.db");
  REQUIRE(store_at(directory / "LOGS.db").append(event_row("t", "c")).ok());
  REQUIRE(other.append('d'));
  CHECK(sqlite_shell(directory / "old.db",
                     "SELECT group_concat(msg, '') FROM t; PRAGMA "
                     "integrity_check;") == "ab\nok");
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT group_concat(msg, '') FROM t; PRAGMA "
                     "integrity_check;") == "cd\nok");
}
