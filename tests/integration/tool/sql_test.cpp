// dblog sql, with the system's sqlite3.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

namespace {

void fill(const ToolRun& tool) {
  auto database = make_database(tool.database());
  make_event_table(database, "e");
  add_event(database, "e", "first", "2026-01-01");
  database.exec("PRAGMA journal_mode = DELETE");
}

}  // namespace

TEST_CASE("dblog sql: answers a query as sqlite3 does, and changes nothing") {
  const ToolRun tool;
  fill(tool);
  CHECK(tool({"sql", "SELECT id, msg FROM e"}).out == "id|msg\n1|first\n");
  CHECK(tool({"sql", "--csv", "SELECT id, msg FROM e"}).out == "id,msg\n1,first\n");
  CHECK(tool({"sql", "--json", "SELECT id, msg FROM e"}).out == R"([{"id":1,"msg":"first"}])"
                                                                "\n");
  CHECK(tool({"--json", "sql", "SELECT 1 AS n"}).out == "[{\"n\":1}]\n");
  const auto refused = tool({"sql", "DELETE FROM e"});
  CHECK(refused.err.find("attempt to write a readonly database") != std::string::npos);
  CHECK(refused.exit_code() != 0);
  CHECK(tool({"sql", "SELECT count(*) FROM e"}).out == "count(*)\n1\n");
  CHECK(tool({"sql", "SELECT nothing"}).exit_code() == 1);
}

TEST_CASE("dblog sql: a query that begins like an option is none") {
  const ToolRun tool;
  fill(tool);
  const auto child = tool({"sql", "--", "-- a comment\nSELECT 2 AS two"});
  CHECK(child.out == "two\n2\n");
  CHECK(child.exit_code() == 0);
}

TEST_CASE("dblog sql: no query runs programs or writes files") {
  const ToolRun tool;
  fill(tool);
  for (const char* query :
       {".shell touch made", ".system touch made", ".output made", ".once made", ".open made",
        ".save made", ".read |touch\\ made", "SELECT writefile('made', 'x')",
        "ATTACH 'made' AS other", "SELECT 1;\n.shell touch made"}) {
    INFO(query);
    const auto child = tool({"sql", query});
    CHECK(child.exit_code() != 0);
    CHECK_FALSE(std::filesystem::exists(tool.directory / "made"));
  }
  CHECK(tool({"sql", ".tables e"}).out.find('e') != std::string::npos);
}

TEST_CASE("dblog sql: what is no database of ours is refused as by the other verbs") {
  const ToolRun tool;
  CHECK(tool({"sql", "SELECT 1"}).err == "dblog: LOGS.db: no such file; --db names another one\n");
  make_database(tool.database()).exec("PRAGMA user_version = 1000");
  const auto child = tool({"sql", "SELECT 1"});
  CHECK(child.err.find("is of schema 1000") != std::string::npos);
  CHECK(child.exit_code() == 3);
}

TEST_CASE("dblog sql: says which package is missing") {
  ToolRun tool;
  fill(tool);
  tool.options.environment.push_back("PATH=/nowhere");
  const auto child = tool({"sql", "SELECT 1"});
  CHECK(child.err ==
        "dblog: sqlite3 is not installed; the package sqlite3 of the distribution has it\n");
  CHECK(child.exit_code() == 127);
}
