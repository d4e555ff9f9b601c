#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;
using nlohmann::ordered_json;

namespace {

void add_groups(SQLite::Database& database) {
  database.exec(
      "INSERT INTO crashes (uuid, date, kind, signal_name, msg, release, fingerprint, executable) "
      "VALUES ('a', '2026-01-01', 'signal', 'SIGSEGV', 'SIGSEGV: write to address 0x0', '1.0', "
      "'1:aa', '/srv/app'), ('b', '2026-01-05', 'signal', 'SIGSEGV', 'SIGSEGV: write to address "
      "0x8', '1.1', '1:aa', '/srv/app'), ('c', '2026-01-03', 'killed', NULL, 'killed; cause "
      "unknown', NULL, '1:bb', '/srv/shop'), ('d', '2026-01-06', 'killed', NULL, 'not looked at "
      "yet', NULL, NULL, NULL);"
      "INSERT INTO fingerprint_parts VALUES ('1:aa', 'parse', 'signal SIGSEGV' || char(10) || "
      "'in parse')");
}

}  // namespace

TEST_CASE("dblog groups: lists faults with dates, count and releases, the last seen first") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_groups(database);
  }
  CHECK(tool({"groups"}).out ==
        "GROUP  COUNT  FIRST SEEN  LAST SEEN   RELEASES  STATE  WHAT\n"
        "1:aa   2      2026-01-01  2026-01-05  1.0, 1.1  open   SIGSEGV in parse, app: write to "
        "address 0x8\n"
        "1:bb   1      2026-01-03  2026-01-03  -         open   shop: killed; cause unknown\n"
        "(1 crash has no group yet: `dblog symbolize` names its functions)\n");
  CHECK(tool({"groups", "--limit", "1"}).out.find("1:bb") == std::string::npos);
}

TEST_CASE("dblog groups: of a database without groups, or of an older schema, lists nothing") {
  const std::string empty = "GROUP  COUNT  FIRST SEEN  LAST SEEN  RELEASES  STATE  WHAT\n";
  const ToolRun tool;
  make_database(tool.database());
  CHECK(tool({"groups"}).out == empty);
  make_database(tool.database()).exec("DROP VIEW crash_groups; DROP TABLE fingerprint_parts");
  CHECK(tool({"groups"}).out == empty);
  CHECK(tool({"groups", "--explain", "1:a"}).exit_code() == 1);
}

TEST_CASE("dblog groups --explain: prints the parts that were hashed") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_groups(database);
  }
  CHECK(tool({"groups", "--explain", "1:a"}).out ==
        R"(Group 1:aa: SIGSEGV in parse: write to address 0x8

Crashes
  Count         2
  First seen    2026-01-01
  Last seen     2026-01-05
  Releases      1.0, 1.1
  Newest        2

Made of these, in this order (rules of version 1)
  signal SIGSEGV
  in parse
)");
  CHECK(tool({"groups", "--explain", "1:bb"}).out.find("(no longer known)") != std::string::npos);
}

TEST_CASE("dblog groups --json: has the view's columns, and the parts of one that is explained") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_groups(database);
  }
  const auto all = ordered_json::parse(tool({"groups", "--json"}).out);
  CHECK(all["without_group"] == 1);
  CHECK(all["groups"][0] == ordered_json{{"fingerprint", "1:aa"},
                                         {"first_seen", "2026-01-01"},
                                         {"first_seen_utc", nullptr},
                                         {"last_seen", "2026-01-05"},
                                         {"last_seen_utc", nullptr},
                                         {"count", 2},
                                         {"releases", "1.0, 1.1"},
                                         {"newest_crash", 2},
                                         {"title", "SIGSEGV in parse: write to address 0x8"},
                                         {"state", nullptr}});
  const auto one = ordered_json::parse(tool({"groups", "--explain", "1:aa", "--json"}).out);
  CHECK(one["count"] == 2);
  CHECK(one["place"] == "parse");
  CHECK(one["parts"] == ordered_json{"signal SIGSEGV", "in parse"});
}

TEST_CASE("dblog groups: the file's own view is not asked") {
  const ToolRun tool;
  make_database(tool.database())
      .exec(
          "DROP VIEW crash_groups; CREATE VIEW crash_groups AS WITH RECURSIVE n(i) AS (SELECT 1 "
          "UNION ALL SELECT i FROM n) SELECT i AS fingerprint FROM n");
  CHECK(tool({"groups"}).exit_code() == 0);
}
