#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

namespace {

constexpr const char* kEmptyList = "ID  DATE  KIND  WHAT\n";

std::string day(int number) {
  char text[32];
  std::snprintf(text, sizeof text, "2026-01-%02d 00:00:00.000000", number);
  return text;
}

void add_crash(SQLite::Database& database, const std::string& date, const std::string& message) {
  SQLite::Statement statement{database,
                              "INSERT INTO crashes (uuid, date, kind, exception_type, msg) VALUES "
                              "(?1 || ?2, ?1, 'exception', 'std::bad_alloc', ?2)"};
  statement.bind(1, date);
  statement.bind(2, message);
  statement.exec();
}

/// The IDs of a list, in order.
std::vector<std::string> ids(const std::string& list) {
  std::vector<std::string> found;
  for (std::size_t at = list.find('\n') + 1; at < list.size(); at = list.find('\n', at) + 1) {
    found.push_back(list.substr(at, list.find(' ', at) - at));
  }
  return found;
}

}  // namespace

TEST_CASE("dblog list: an empty database lists as nothing") {
  const ToolRun tool;
  make_database(tool.database());
  const auto child = tool({"list"});
  CHECK(child.out == kEmptyList);
  CHECK(child.err == "");
  CHECK(child.exit_code() == 0);
}

TEST_CASE("dblog list: a file of no bytes lists as nothing") {
  const ToolRun tool;
  SQLite::Database{tool.database().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  CHECK(tool({"list"}).out == kEmptyList);
}

TEST_CASE("dblog list: merges crashes and the events of all tables, newest first") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "error_table");
    make_event_table(database, "audit");
    add_event(database, "error_table", "division by zero", day(1));
    add_event(database, "audit", "login", day(2));
    add_crash(database, day(3), "out of memory\nsecond line");
    add_event(database, "error_table", "disk full", day(4));
    auto other = make_database(tool.directory / "other.db");
    add_full_crash(other);
  }
  const auto child = tool({"list"});
  CHECK(child.out ==
        "ID             DATE                        KIND       WHAT\n"
        "error_table/2  2026-01-04 00:00:00.000000  event      disk full\n"
        "1              2026-01-03 00:00:00.000000  exception  std::bad_alloc: out of memory\n"
        "audit/1        2026-01-02 00:00:00.000000  event      login\n"
        "error_table/1  2026-01-01 00:00:00.000000  event      division by zero\n");
  CHECK(child.exit_code() == 0);
  CHECK(tool({"list", "--db", "other.db"}).out ==
        "ID  DATE                               KIND    WHAT\n"
        "1   2026-01-31 12:00:00.000001 +01:00  signal  SIGSEGV in divide, app: write to address "
        "0x0, where nothing is mapped (SEGV_MAPERR)\n");
}

TEST_CASE("dblog list: a crash that many events stand before is named besides") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_crash(database, day(1), "out of memory");
    for (int number = 2; number <= 5; ++number) add_event(database, "e", "x", day(number));
  }
  const auto child = tool({"list", "--limit", "4"});
  CHECK(ids(child.out).front() == "e/4");
  CHECK(
      child.err ==
      "dblog: further down: crash 1 of 2026-01-01 00:00:00.000000: std::bad_alloc: out of memory; "
      "see dblog list --crashes\n");
  CHECK(child.exit_code() == 0);
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--limit", "5"}, {"--table", "e"}, {"--json", "--limit", "1"}}) {
    std::vector<std::string> arguments{"list"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    CHECK(tool(arguments).err == "");
  }
}

TEST_CASE("dblog list: a crash that was recorded late stands at its date") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_crash(database, day(5), "today");
    add_crash(database, day(1), "found late");
    add_event(database, "e", "x", day(3));
  }
  CHECK(ids(tool({"list"}).out) == std::vector<std::string>{"1", "e/1", "2"});
}

TEST_CASE("dblog list --table: lists one table, newest id first") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "a");
    make_event_table(database, "b");
    add_event(database, "a", "x", day(9));
    add_event(database, "a", "x", day(3));
    add_event(database, "b", "x", day(5));
    add_crash(database, day(6), "x");
  }
  CHECK(ids(tool({"list", "--table", "a"}).out) == std::vector<std::string>{"a/2", "a/1"});
  CHECK(ids(tool({"list", "--table", "A"}).out) == std::vector<std::string>{"a/2", "a/1"});
  CHECK(ids(tool({"list", "--crashes"}).out) == std::vector<std::string>{"1"});
  CHECK(ids(tool({"list", "--table", "crashes"}).out) == std::vector<std::string>{"1"});
}

TEST_CASE("dblog list --group: lists the crashes of one group, named by its beginning") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    for (const int number : {1, 2, 3, 4}) add_crash(database, day(number), "x");
    make_event_table(database, "e");
    add_event(database, "e", "x", day(5));
    database.exec(
        "UPDATE crashes SET fingerprint = '1:aabb' WHERE id IN (1, 3);"
        "UPDATE crashes SET fingerprint = '1:aacc' WHERE id = 2");
  }
  CHECK(ids(tool({"list", "--group", "1:aabb"}).out) == std::vector<std::string>{"3", "1"});
  CHECK(ids(tool({"list", "--group", "1:aac"}).out) == std::vector<std::string>{"2"});
  CHECK(ids(tool({"list", "--group", "1:aabb", "--before", "3"}).out) ==
        std::vector<std::string>{"1"});
  CHECK(ids(tool({"list", "--group", "1:aabb", "--limit", "1"}).out) ==
        std::vector<std::string>{"3"});
  const auto several = tool({"list", "--group", "1:aa"});
  CHECK(several.err ==
        "dblog: 1:aa: is the beginning of several groups (1:aabb, 1:aacc); give more of it\n");
  CHECK(several.exit_code() == 2);
  const auto none = tool({"list", "--group", "2:"});
  CHECK(none.err == "dblog: 2:: is no group of this database; 'dblog groups' lists them\n");
  CHECK(none.exit_code() == 1);
}

TEST_CASE("dblog list --table: a table of other rows than events is an error") {
  const ToolRun tool;
  make_database(tool.database()).exec("CREATE TABLE other (id INTEGER PRIMARY KEY, name, date)");
  for (const char* name : {"nothing", "outbox", "other", "sqlite_master", "x\" OR 1"}) {
    const auto child = tool({"list", "--table", name});
    CHECK(child.out == "");
    CHECK(child.err == "dblog: " + std::string(name) +
                           ": is not a table of events; 'dblog list' shows which are\n");
    CHECK(child.exit_code() == 1);
  }
}

TEST_CASE("dblog list --limit: gives the newest 20 of a thousand, or as many as asked for") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    database.exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        "INSERT INTO e (msg, date) SELECT 'm', printf('2026-01-01 00:%02d:%02d.000000', i / 60, "
        "i % 60) FROM n");
  }
  const auto newest = ids(tool({"list"}).out);
  REQUIRE(newest.size() == 20);
  CHECK(newest.front() == "e/1000");
  CHECK(newest.back() == "e/981");
  CHECK(ids(tool({"list", "--limit", "3"}).out).size() == 3);
  CHECK(ids(tool({"list", "--limit", "5000"}).out).size() == 1'000);
  CHECK(ids(tool({"list", "--limit", "5000", "--table", "e"}).out).size() == 1'000);
}

TEST_CASE("dblog list --before: pages show every entry once, in the order of one long list") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "a");
    make_event_table(database, "z");
    // Dates that repeat, go back, and are missing.
    for (int i = 0; i < 40; ++i) {
      add_event(database, "a", "x", day(1 + i * 7 % 5));
      add_event(database, "z", "x", day(1 + i * 3 % 4));
      add_crash(database, day(1 + i * 11 % 6), std::to_string(i));
    }
    database.exec("INSERT INTO a (msg) VALUES ('no date'), ('no date')");
    database.exec("INSERT INTO z (msg, date) VALUES ('a number', 5)");
  }
  const auto whole = ids(tool({"list", "--limit", "1000"}).out);
  REQUIRE(whole.size() == 123);
  std::vector<std::string> paged;
  std::vector<std::string> page = ids(tool({"list", "--limit", "9"}).out);
  while (!page.empty()) {
    paged.insert(paged.end(), page.begin(), page.end());
    page = ids(tool({"list", "--limit", "9", "--before", page.back()}).out);
  }
  CHECK(paged == whole);
}

TEST_CASE("dblog list --before: within one table takes a number or the whole ID") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    for (int i = 1; i <= 5; ++i) add_event(database, "e", "x", day(i));
  }
  const std::vector<std::string> expected{"e/2", "e/1"};
  CHECK(ids(tool({"list", "--table", "e", "--before", "3"}).out) == expected);
  CHECK(ids(tool({"list", "--table", "e", "--before", "e/3"}).out) == expected);
  CHECK(ids(tool({"list", "--table", "e", "--before", "1"}).out).empty());
  CHECK(tool({"list", "--table", "e", "--before", "f/3"}).exit_code() == 2);
}

TEST_CASE("dblog list --table hw_logs: hardware snapshots, which no other list has") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    database.exec(
        "INSERT INTO hw_logs (task, cpu_usage, memory, date) VALUES "
        "('import' || char(10) || 'of goods', '12.34', '25010176', '2026-01-31'), "
        "('idle', NULL, NULL, '2026-02-01'), (NULL, NULL, '1024', NULL)");
  }
  CHECK(tool({"list"}).out == "ID  DATE  KIND  WHAT\n");
  CHECK(tool({"list", "--table", "hw_logs"}).out ==
        "ID         DATE        KIND      WHAT\n"
        "hw_logs/3  -           hardware  1.0 KiB of memory\n"
        "hw_logs/2  2026-02-01  hardware  idle\n"
        "hw_logs/1  2026-01-31  hardware  import: 12.3 % CPU, 23.9 MiB of memory\n");
  const auto json =
      nlohmann::json::parse(tool({"list", "--table", "HW_LOGS", "--before", "3", "--json"}).out);
  REQUIRE(json.size() == 2);
  CHECK(json[0]["table"] == "hw_logs");
  CHECK(json[0]["task"] == "idle");
}

TEST_CASE("dblog list --before: an ID that does not exist is an error") {
  const ToolRun tool;
  make_database(tool.database());
  const auto child = tool({"list", "--before", "7"});
  CHECK(child.err == "dblog: there is no crash 7\n");
  CHECK(child.exit_code() == 1);
}

TEST_CASE("dblog list: shows the first line of a message, and nothing of it raw") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", std::string("nul\0after", 9), day(1));
    add_event(database, "e", "\x1b[31mred\x1b[0m\ttab\rback \x7f \xc2\x9b", day(2));
    add_event(database, "e", "bad \xff\xc3( \xed\xa0\x80", day(3));
    add_event(database, "e", "first\nsecond", day(4));
    add_event(database, "e", "größer 日本 😀", day(5));
    add_event(database, "e", "", day(6));
  }
  CHECK(tool({"list"}).out ==
        "ID   DATE                        KIND   WHAT\n"
        "e/6  2026-01-06 00:00:00.000000  event\n"
        "e/5  2026-01-05 00:00:00.000000  event  größer 日本 😀\n"
        "e/4  2026-01-04 00:00:00.000000  event  first\n"
        "e/3  2026-01-03 00:00:00.000000  event  bad \\xff\\xc3( \\xed\\xa0\\x80\n"
        "e/2  2026-01-02 00:00:00.000000  event  "
        "\\x1b[31mred\\x1b[0m\\ttab\\rback \\x7f \\u009b\n"
        "e/1  2026-01-01 00:00:00.000000  event  nul\\x00after\n");
}

TEST_CASE("dblog list: --full has a line of 1 MB whole") {
  const ToolRun tool;
  const std::string message(1 << 20, 'm');
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", message, day(1));
  }
  const auto child = tool({"list", "--full"});
  CHECK(child.exit_code() == 0);
  CHECK(child.out.size() > message.size());
  CHECK(child.out.find(message) != std::string::npos);
}

TEST_CASE("dblog list: the name of a table may be anything") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "a/b \"\" c\x1b[2J");
    database.exec("INSERT INTO \"a/b \"\" c\x1b[2J\" (msg, date) VALUES ('x', '2026-01-01')");
    make_event_table(database, "select");
    add_event(database, "select", "y", "2026-01-02");
  }
  CHECK(tool({"list"}).out ==
        "ID                DATE        KIND   WHAT\n"
        "select/1          2026-01-02  event  y\n"
        "a/b \" c\\x1b[2J/1  2026-01-01  event  x\n");
}
