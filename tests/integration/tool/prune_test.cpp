// dblog prune, as a person and a script see it, and under SIGKILL.
#include <sys/stat.h>
#include <utime.h>

#include <SQLiteCpp/Transaction.h>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/integration/tool/tool_run.hpp"

namespace {

using dblog::test::add_event;
using dblog::test::make_database;
using dblog::test::make_event_table;
using dblog::test::ToolRun;

void add_events(SQLite::Database& database, const std::string& table, int count,
                const std::string& date, std::size_t size = 20) {
  SQLite::Transaction transaction(database);
  for (int i = 0; i < count; ++i) add_event(database, table, std::string(size, 'x'), date);
  transaction.commit();
}

constexpr const char* kOld = "2020-01-01 00:00:00.000000";
constexpr const char* kYoung = "2090-01-01 00:00:00.000000";

std::int64_t number(const std::filesystem::path& path, const std::string& sql) {
  SQLite::Database database(path.string(), SQLite::OPEN_READONLY, 5'000);
  return database.execAndGet(sql).getInt64();
}

std::string words_before(const std::string& text, const std::string& end) {
  return text.substr(0, text.find(end));
}

void make_old_file(const std::filesystem::path& path) {
  std::ofstream{path} << "no black box";
  ::chmod(path.c_str(), 0600);
  const utimbuf years_ago{1'000'000'000, 1'000'000'000};
  ::utime(path.c_str(), &years_ago);
}

}  // namespace

TEST_CASE("dblog prune: says what went, and why") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "t");
    add_events(database, "t", 30, kOld);
    add_events(database, "t", 20, kYoung);
  }
  const auto planned = tool({"prune", "--dry-run", "--max-days", "9", "--max-rows", "5"});
  CHECK(words_before(planned.out, ";") ==
        "t: 45 rows (30 too old, 15 too many)\nwould remove 45 rows");
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 50);

  const auto child = tool({"prune", "--max-days", "9", "--max-rows", "5"});
  CHECK(words_before(child.out, ";") == "t: 45 rows (30 too old, 15 too many)\nremoved 45 rows");
  CHECK(child.err.empty());
  CHECK(child.exit_code() == 0);
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 5);
  CHECK(words_before(tool({"prune"}).out, ";") == "removed 0 rows");
}

TEST_CASE("dblog prune --json: gives the same as one object") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "t");
    add_events(database, "t", 3, kOld);
  }
  const auto child = tool({"prune", "--json", "--max-days", "t=9"});
  const auto json = nlohmann::json::parse(child.out);
  CHECK(json["dry_run"] == false);
  CHECK(json["tables"] ==
        nlohmann::json::parse(R"([{"table":"t","rows":3,"too_old":3,"too_many":0,"for_room":0}])"));
  CHECK(json["complete"] == true);
  CHECK(json["problems"].empty());
}

TEST_CASE("dblog prune: takes its limits from the settings") {
  ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "t");
    add_events(database, "t", 30, kYoung);
  }
  std::ofstream{tool.directory / ".env"} << "DBLOG_MAX_ROWS=t=20\n";
  tool({"prune"});
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 20);
  tool.options.environment.push_back("DBLOG_MAX_ROWS=7");
  tool({"prune"});
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 7);
}

TEST_CASE("dblog prune: says which tables that limits name are not there") {
  ToolRun tool;
  make_event_table(*std::make_unique<SQLite::Database>(make_database(tool.database())), "t");
  tool.options.environment.push_back("DBLOG_MAX_DAYS=gone=3, T=9");
  const auto child = tool({"prune", "--max-rows", "nosuch=1,crashes=5"});
  CHECK(child.out.starts_with("limits name tables that are not there: gone, nosuch\n"));
  CHECK(child.exit_code() == 0);
}

TEST_CASE("dblog prune: where the log cannot grow, it is emptied and less goes at a time") {
  ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "t");
    add_events(database, "t", 8'000, kOld, 100);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  // A limit of the log's size stands for the disk's.
  const auto blocks = std::filesystem::file_size(tool.database()) / 512;
  auto run = tool.options;
  run.arguments = {
      "/bin/sh", "-c",
      "trap '' XFSZ; ulimit -f " + std::to_string(blocks) + "; exec \"$0\" prune --max-rows t=10",
      DBLOG_TOOL};
  const auto child = dblog::test::run_child(run);
  CHECK(child.err.empty());
  CHECK(child.exit_code() == 0);
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 10);
}

TEST_CASE("dblog prune: a wrong limit is a usage error, a wrong setting is named") {
  ToolRun tool;
  make_database(tool.database());
  const auto option = tool({"prune", "--max-days", "soon"});
  CHECK(option.exit_code() == 2);
  CHECK(option.err == "dblog: --max-days soon: is no number, nor a list such as 90,trace=7\n");
  tool.options.environment.push_back("DBLOG_MAX_MB=lots");
  const auto setting = tool({"prune"});
  CHECK(setting.exit_code() == 1);
  CHECK(setting.out.find("environment: DBLOG_MAX_MB must be a whole number") == 0);
  CHECK(tool({"prune", "--db", "absent.db"}).exit_code() == 3);
}

TEST_CASE("dblog prune: a misspelt limit is named, other misspelt settings are not") {
  ToolRun tool;
  make_database(tool.database());
  tool.directory.write(".env", "webhok=x\nDBLOG_MAXDAYS=1\nDBLOG_DB=x\n");
  const auto child = tool({"prune"});
  CHECK(child.exit_code() == 1);
  CHECK_THAT(child.out, Catch::Contains("/.env:2: DBLOG_MAXDAYS is not a setting of dblog; did you "
                                        "mean DBLOG_MAX_DAYS?\n"));
  CHECK(child.out.find("webhok") == std::string::npos);
  CHECK(child.out.find("DBLOG_DB") == std::string::npos);
}

TEST_CASE("dblog prune: a database of the older project loses rows like any other") {
  const ToolRun tool;
  {
    SQLite::Database older(tool.database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    older.exec(
        "CREATE TABLE error_table (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date "
        "DATETIME);"
        "CREATE TABLE hw_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, task VARCHAR, pid INTEGER, "
        "cpu_times VARCHAR, cpu_usage VARCHAR, memory VARCHAR, mem_use VARCHAR, read_count "
        "INTEGER, "
        "write_count INTEGER, date DATETIME);"
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);"
        "INSERT INTO notes VALUES (1, 'theirs');"
        "INSERT INTO hw_logs (task, date) VALUES ('x', '2020-01-01 00:00:00.000000')");
    add_events(older, "error_table", 10, kOld);
    add_events(older, "error_table", 10, kYoung);
  }
  const auto planned = tool({"prune", "--dry-run", "--max-days", "9"});
  CHECK(words_before(planned.out, "; ") ==
        "error_table: 10 rows (10 too old)\nhw_logs: 1 row (1 too old)\nwould remove 11 rows");
  CHECK(number(tool.database(), "PRAGMA user_version") == 0);
  CHECK(tool({"prune", "--max-days", "9"}).exit_code() == 0);
  CHECK(number(tool.database(), "SELECT count(*) FROM error_table") == 10);
  CHECK(number(tool.database(), "SELECT count(*) FROM hw_logs") == 0);
  CHECK(number(tool.database(), "SELECT count(*) FROM notes") == 1);
}

TEST_CASE("dblog prune --vacuum: makes a file smaller that cannot give pages back") {
  const ToolRun tool;
  {
    SQLite::Database older(tool.database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    make_event_table(older, "t");
    add_events(older, "t", 5'000, kOld, 300);
  }
  const auto size = std::filesystem::file_size(tool.database());
  tool({"prune", "--max-rows", "10"});
  CHECK(std::filesystem::file_size(tool.database()) >= size);
  CHECK(tool({"prune", "--vacuum"}).exit_code() == 0);
  CHECK(std::filesystem::file_size(tool.database()) < size / 4);
  CHECK(number(tool.database(), "PRAGMA auto_vacuum") == 2);
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 10);
}

TEST_CASE("dblog prune: unreadable files beside the database go after a while") {
  const ToolRun tool;
  make_database(tool.database());
  const auto box = tool.directory / "LOGS.db-box-1-old";
  const auto queue = tool.directory / "LOGS.db-queue-1-old";
  const auto other = tool.directory / "LOGS.db-mine";
  const auto fresh = tool.directory / "LOGS.db-box-1-new";
  for (const auto& file : {box, queue, other}) make_old_file(file);
  std::ofstream{fresh} << "no black box";
  CHECK(tool({"prune", "--dry-run"})
            .out.find("LOGS.db-box-1-old: no version of dblog that is here can read it") !=
        std::string::npos);
  CHECK(std::filesystem::exists(box));
  tool({"prune"});
  CHECK_FALSE(std::filesystem::exists(box));
  CHECK_FALSE(std::filesystem::exists(queue));
  CHECK(std::filesystem::exists(other));
  CHECK(std::filesystem::exists(fresh));
}

TEST_CASE("dblog prune: beside a database of a newer schema files go, and rows are named as left") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "t");
    add_events(database, "t", 3, kOld);
    database.exec("PRAGMA user_version = 1000");
  }
  const auto box = tool.directory / "LOGS.db-box-1-old";
  make_old_file(box);
  const auto planned = tool({"prune", "--dry-run", "--max-days", "9"});
  CHECK(planned.out.find("would remove 1 file and no rows\n") != std::string::npos);
  CHECK(std::filesystem::exists(box));

  const auto child = tool({"prune", "--max-days", "9"});
  CHECK(child.out.find("LOGS.db-box-1-old: no version of dblog that is here can read it\n") !=
        std::string::npos);
  CHECK(child.out.find("not rows: ") < child.out.find("is of schema 1000, this dblog knows up to"));
  CHECK(child.out.ends_with("\nremoved 1 file and no rows\n"));
  CHECK(child.exit_code() == 1);
  CHECK_FALSE(std::filesystem::exists(box));
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 3);

  const auto json = nlohmann::json::parse(tool({"prune", "--json"}).out);
  CHECK(json["complete"] == false);
  CHECK(json["problems"].size() == 1);
}

TEST_CASE("dblog flush: prunes too, and says so") {
  ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "t");
    add_events(database, "t", 30, kOld);
  }
  tool.options.environment.push_back("DBLOG_MAX_DAYS=9");
  const auto child = tool({"flush"});
  CHECK(child.out.starts_with("removed 30 rows over the limits\n"));
  CHECK(child.exit_code() == 0);
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 0);
}

TEST_CASE("dblog prune: killed at any moment it leaves whole rows, and what waits to be sent") {
  ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "t");
    add_events(database, "t", 40'000, kOld);
    SQLite::Transaction transaction(database);
    database.exec(
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) INSERT INTO "
        "event_stacks (source_table, source_id, pid, tid) SELECT 't', i, 1, 1 FROM n;"
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO crashes "
        "(uuid, date, kind) SELECT i, '2020-01-01 00:00:00.000000', 'signal' FROM n;"
        "WITH n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39999) INSERT INTO frames "
        "(crash_id, thread, depth) SELECT 1 + i / 100, 1, i % 100 FROM n;"
        "INSERT INTO outbox (uuid, channel, subject, body, created, source_table, source_id) "
        "SELECT 't' || id, 'slack', 's', 'b', date, 't', id FROM t WHERE id % 1000 = 500;"
        "INSERT INTO outbox (uuid, channel, subject, body, created, source_table, source_id) "
        "SELECT 'c' || id, 'slack', 's', 'b', date, 'crashes', id FROM crashes WHERE id % 50 = 25");
    transaction.commit();
  }
  const auto check = [&] {
    const auto path = tool.database();
    CHECK(number(path,
                 "SELECT count(*) FROM outbox JOIN t ON t.id = source_id WHERE source_table "
                 "= 't'") == 40);
    CHECK(number(path,
                 "SELECT count(*) FROM outbox JOIN crashes c ON c.id = source_id WHERE "
                 "source_table = 'crashes'") == 8);
    CHECK(number(path, "SELECT count(*) FROM t") ==
          number(path, "SELECT count(*) FROM event_stacks"));
    CHECK(number(path, "SELECT count(*) FROM frames") ==
          number(path, "SELECT 100 * count(*) FROM crashes"));
    CHECK(number(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1);
  };
  std::mt19937 random(7);
  int killed = 0;
  for (int i = 0; i < 25; ++i) {
    tool.options.deadline = std::chrono::milliseconds(10 + random() % 60);
    killed += tool({"prune", "--max-days", "9"}).timed_out ? 1 : 0;
    check();
  }
  CHECK(killed > 0);
  tool.options.deadline = std::chrono::seconds{60};
  CHECK(tool({"prune", "--max-days", "9"}).exit_code() == 0);
  CHECK(number(tool.database(), "SELECT count(*) FROM t") == 40);
  CHECK(number(tool.database(), "SELECT count(*) FROM crashes") == 8);
  check();
}
