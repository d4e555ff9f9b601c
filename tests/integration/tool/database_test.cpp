#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kListOfOne =
    "ID   DATE        KIND   WHAT\n"
    "e/1  2026-01-01  event  x\n";

void check_fails(const ToolRun& tool, const std::string& why) {
  for (const auto& verb : std::vector<std::vector<std::string>>{
           {"list"}, {"list", "--json"}, {"list", "--crashes"}, {"show", "1"}}) {
    const auto child = tool(verb);
    CHECK(child.out == "");
    CHECK(child.err == "dblog: " + why + "\n");
    CHECK(child.exit_code() == 3);
  }
}

void write_file(const fs::path& path, const std::string& content) {
  std::ofstream{path, std::ios::binary} << content;
}

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> files_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(directory))
    names.push_back(file.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void add_one_event(SQLite::Database& database) {
  make_event_table(database, "e");
  add_event(database, "e", "x", "2026-01-01");
}

}  // namespace

TEST_CASE("dblog: a file that is not there is an error, and is not made") {
  const ToolRun tool;
  check_fails(tool, "LOGS.db: no such file; --db names another one");
  CHECK(files_in(tool.directory.path()).empty());
}

TEST_CASE("dblog: a file that is no database is an error, and stays as it is") {
  const ToolRun tool;
  for (const std::string& content : {std::string("a"), std::string(100'000, 'x')}) {
    write_file(tool.database(), content);
    check_fails(tool,
                "LOGS.db: is not an SQLite database; move it away, or name another one with --db "
                "or $DBLOG_DB");
    CHECK(read_file(tool.database()) == content);
  }
}

TEST_CASE("dblog: a directory or a pipe in the database's place is an error") {
  const ToolRun tool;
  fs::create_directory(tool.database());
  check_fails(tool, "LOGS.db: is a directory, not a database; --db names a file in it");
  fs::remove(tool.database());
  REQUIRE(::mkfifo(tool.database().c_str(), 0600) == 0);
  check_fails(tool, "LOGS.db: is not a regular file; --db names another one");
}

TEST_CASE("dblog: a damaged database is an error") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_one_event(database);
  }
  std::string content = read_file(tool.database());
  std::fill(content.begin() + 100, content.begin() + 4'096, '\xee');
  write_file(tool.database(), content);
  check_fails(tool, "LOGS.db: is damaged; 'sqlite3 FILE .recover' may save its rows");
}

TEST_CASE("dblog: a database of a newer schema is an error") {
  const ToolRun tool;
  make_database(tool.database()).exec("PRAGMA user_version = 1000");
  check_fails(tool, "LOGS.db: is of schema 1000, this dblog knows up to " +
                        std::to_string(dblog::schema::kVersion) +
                        "; use a newer dblog, or name another one with --db");
}

TEST_CASE("dblog: a database of another program, which counts its schemas itself, is an error") {
  const ToolRun tool;
  {
    SQLite::Database other{tool.database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    other.exec("CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url); PRAGMA user_version = 1000");
  }
  check_fails(
      tool,
      "LOGS.db: is an SQLite database, but not one of dblog's; name another one with --db or "
      "$DBLOG_DB");
}

TEST_CASE("dblog: a database that another program has locked is an error") {
  const ToolRun tool;
  SQLite::Database other{tool.database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  add_one_event(other);
  other.exec("BEGIN EXCLUSIVE");
  const auto child = tool({"list"});
  CHECK(child.err == "dblog: LOGS.db: is locked by another program; try again when it is done\n");
  CHECK(child.exit_code() == 3);
}

TEST_CASE("dblog: a database that another program writes to can be read") {
  const ToolRun tool;
  auto other = make_database(tool.database());
  add_one_event(other);
  other.exec("BEGIN IMMEDIATE");
  add_event(other, "e", "not committed", "2026-01-02");
  CHECK(tool({"list"}).out == kListOfOne);
}

TEST_CASE("dblog: reading leaves no file behind and changes none") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_one_event(database);
  }
  const std::string before = read_file(tool.database());
  CHECK(tool({"list"}).out == kListOfOne);
  CHECK(tool({"show", "e/1"}).exit_code() == 0);
  CHECK(files_in(tool.directory.path()) == std::vector<std::string>{"LOGS.db"});
  CHECK(read_file(tool.database()) == before);
}

TEST_CASE("dblog: what a crashed program left in the log is read") {
  const ToolRun tool;
  auto alive = make_database(tool.directory / "alive.db");
  add_one_event(alive);
  for (const char* suffix : {"", "-wal"}) {
    fs::copy(tool.directory / ("alive.db" + std::string(suffix)),
             tool.database().string() + suffix);
  }
  CHECK(tool({"list"}).out == kListOfOne);
  CHECK(fs::exists(tool.database().string() + "-wal"));
}

TEST_CASE("dblog: a path with characters that mean something in a URI works") {
  const ToolRun tool;
  const std::string name = "a b?c#d%41é.db";
  {
    auto database = make_database(tool.directory / name);
    add_one_event(database);
  }
  CHECK(tool({"list", "--db", name}).out == kListOfOne);
  fs::create_symlink(name, tool.database());
  CHECK(tool({"list"}).out == kListOfOne);
}

TEST_CASE("dblog: the older project's database lists its events") {
  const ToolRun tool;
  {
    SQLite::Database database{tool.database().string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    make_event_table(database, "error_table");
    make_event_table(database, "plain_table");
    database.exec(
        "CREATE TABLE hw_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, task VARCHAR, pid INTEGER, "
        "cpu_times VARCHAR, cpu_usage VARCHAR, memory VARCHAR, mem_use VARCHAR, read_count "
        "INTEGER, write_count INTEGER, date DATETIME)");
    add_event(database, "error_table", "Error: division by zero", "2021-12-02 12:44:53.180092");
    add_event(database, "plain_table", "this is from unit-test.", "2022-01-03 15:37:44.814453");
    database.exec(
        "INSERT INTO hw_logs VALUES (1, 'Error: division by zero', 13187, '0.14', '0.0', "
        "'25010176', '0.3037963599165928', 536, 29, '2021-12-02 12:44:53.180092')");
  }
  CHECK(tool({"list"}).out ==
        "ID             DATE                        KIND   WHAT\n"
        "plain_table/1  2022-01-03 15:37:44.814453  event  this is from unit-test.\n"
        "error_table/1  2021-12-02 12:44:53.180092  event  Error: division by zero\n");
  CHECK(tool({"list", "--crashes"}).out == "ID  DATE  KIND  WHAT\n");
  CHECK(tool({"show", "error_table/1"}).out == R"(Event error_table/1: Error: division by zero

When
  Date          2021-12-02 12:44:53.180092
  Severity      error

Message
  Error: division by zero

Hardware
  CPU           0.14 s used, 0.0 % lately
  Memory        23.9 MiB, 0.30 % of RAM
  Reads, writes 536, 29
)");
  const auto child = tool({"show", "1"});
  CHECK(child.err == "dblog: there is no crash 1\n");
  CHECK(child.exit_code() == 1);
}

TEST_CASE("dblog: a table of events that is called crashes can be read") {
  const ToolRun tool;
  {
    SQLite::Database database{tool.database().string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    make_event_table(database, "crashes");
    add_event(database, "crashes", "x", "2026-01-01");
  }
  CHECK(tool({"list"}).out ==
        "ID         DATE        KIND   WHAT\n"
        "crashes/1  2026-01-01  event  x\n");
  CHECK(tool({"show", "crashes/1", "--json"}).exit_code() == 0);
}

TEST_CASE("dblog: without the right to read, or to make what reading needs, says which") {
  ToolRun tool;
  const std::string unprivileged = "65534";
  if (::geteuid() != 0) return;  // only root can become a user without rights
  fs::permissions(tool.directory.path(), fs::perms{0755});
  auto alive = make_database(tool.directory / "alive.db");
  add_one_event(alive);
  for (const char* suffix : {"", "-wal"}) {
    const std::string copy = tool.database().string() + suffix;
    fs::copy(tool.directory / ("alive.db" + std::string(suffix)), copy);
    fs::permissions(copy, fs::perms{0644});
  }
  tool.options.arguments = {"setpriv", "--reuid=" + unprivileged, "--clear-groups", DBLOG_TOOL,
                            "list"};
  auto child = run_child(tool.options);
  CHECK(child.err ==
        "dblog: LOGS.db: has a -wal file, and its -shm file cannot be made here; copy the "
        "database with its -wal file to where you may write, and name the copy "
        "with --db\n");
  CHECK(child.exit_code() == 3);
  fs::permissions(tool.database(), fs::perms{0600});
  child = run_child(tool.options);
  CHECK(child.err ==
        "dblog: LOGS.db: may not be read by this user; run as its owner, or name another one with "
        "--db\n");
  CHECK(child.exit_code() == 3);
}
