// dblog group, and the names by which crashes and groups are meant.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;
using nlohmann::ordered_json;

namespace {

struct GroupTool : ToolRun {
  GroupTool() {
    auto opened = make_database(database());
    opened.exec(
        "INSERT INTO crashes (uuid, date, kind, signal_name, msg, release, fingerprint, "
        "executable) VALUES ('843f1df2-01', '2026-01-01', 'signal', 'SIGSEGV', 'SIGSEGV: read', "
        "'1.3', '2:af64', '/srv/app'), ('843f1df2-02', '2026-01-02', 'signal', 'SIGSEGV', "
        "'SIGSEGV: read', '1.3', '2:af64', '/srv/app'), ('99aa', '2026-01-03', 'killed', NULL, "
        "'killed', NULL, '2:af99', '/srv/shop'), ('bb00', '2026-01-04', 'killed', NULL, 'killed', "
        "NULL, NULL, '/srv/shop');"
        "INSERT INTO stacks (id, fingerprint) VALUES (1, '2:eeee')");
  }
};

}  // namespace

TEST_CASE("dblog group: resolve, ignore, mute, note and reopen say what the state is now") {
  const GroupTool tool;
  CHECK(tool({"group", "resolve", "2:af64", "--in", "1.4"}).out ==
        "2:af64: resolved in release 1.4\n");
  CHECK(tool({"group", "resolve", "2:af64"}).out == "2:af64: resolved\n");
  CHECK(tool({"group", "ignore", "2:af64"}).out == "2:af64: ignored\n");
  CHECK_THAT(tool({"group", "mute", "2:af64", "--until", "2999-01-01 12:30"}).out,
             Catch::Matches("2:af64: muted until 2999-01-01 12:30:00 [+-][0-9]{2}:[0-9]{2}\n"));
  CHECK_THAT(tool({"group", "mute", "2:af64", "--for", "3d"}).out,
             Catch::StartsWith("2:af64: muted until 20"));
  CHECK(tool({"group", "note", "2:af64", "see \x1b[1mticket 7"}).exit_code() == 0);
  CHECK(tool({"group", "reopen", "2:af64"}).out == "2:af64: open; note: see  [1mticket 7\n");
  CHECK(tool({"group", "note", "2:af64", ""}).out == "2:af64: open\n");
}

TEST_CASE("dblog group: a group is meant by its fingerprint or by any crash of it") {
  const GroupTool tool;
  for (const char* name :
       {"2:af64", "2:af6", "1", "2", "crashes/2", "843f1df2-01", "843F1DF2-02"}) {
    INFO(name);
    CHECK(tool({"group", "ignore", name}).out == "2:af64: ignored\n");
  }
  CHECK(tool({"group", "ignore", "99"}).out == "2:af99: ignored\n");  // there is no crash 99
  CHECK(tool({"list", "--group", "99aa"}).out == tool({"list", "--group", "2:af99"}).out);
  CHECK(tool({"groups", "--explain", "99aa"}).out == tool({"groups", "--explain", "2:af99"}).out);
}

TEST_CASE("dblog group: names that mean several or nothing are errors that say what they met") {
  const GroupTool tool;
  const auto error = [&](const char* name, int code) {
    const auto child = tool({"group", "ignore", name});
    CHECK(child.exit_code() == code);
    CHECK(child.out.empty());
    return child.err;
  };
  CHECK(error("2:af", 2) ==
        "dblog: 2:af: is the beginning of several groups (2:af64, 2:af99); give more of it\n");
  CHECK(error("843f", 2) ==
        "dblog: 843f: is the beginning of several crashes' UUIDs (1: 843f1df2-01, 2: 843f1df2-02); "
        "give more of it\n");
  const std::string unknown =
      ": is no group of this database, and no crash of one; 'dblog groups' lists groups\n";
  for (const char* name : {"77", "cafe", "crashes/77", "error_table/1", "parse"}) {
    CHECK(error(name, 1) == std::string("dblog: ") + name + unknown);
  }
  CHECK(error("3:aa", 1) ==
        "dblog: 3:aa: is no group of this database; 'dblog groups' lists them\n");
  CHECK(error("4", 1) ==
        "dblog: 4: is a crash that has no group yet; 'dblog symbolize' gives it one\n");
  CHECK(error("2:eeee", 1) ==
        "dblog: 2:eeee: is a group of handled errors; only groups of crashes have a state\n");
  CHECK(error("", 2) != "");
}

TEST_CASE("dblog group: what is no time, or is over, is refused, and nothing is changed") {
  const GroupTool tool;
  for (const std::vector<std::string>& times :
       std::vector<std::vector<std::string>>{{},
                                             {"--for", "3 days"},
                                             {"--until", "tomorrow"},
                                             {"--until", "2001-01-01"},
                                             {"--for", "3d", "--until", "2999-01-01"}}) {
    std::vector<std::string> arguments = {"group", "mute", "1"};
    arguments.insert(arguments.end(), times.begin(), times.end());
    CHECK(tool(arguments).exit_code() == 2);
  }
  CHECK(tool({"group"}).exit_code() == 2);
  CHECK(tool({"group", "resolve", "1", "--in", ""}).exit_code() == 2);
  SQLite::Database database(tool.database().string());
  CHECK(database.execAndGet("SELECT count(*) FROM crash_group_states").getInt() == 0);
}

TEST_CASE("dblog group: the state is in lists, pages and JSON") {
  const GroupTool tool;
  const auto json =
      ordered_json::parse(tool({"group", "resolve", "1", "--in", "1.4", "--json"}).out);
  CHECK(json["fingerprint"] == "2:af64");
  CHECK(json["state"] == "resolved");
  CHECK(json["resolved_in"] == "1.4");
  (void)tool({"group", "note", "1", "fixed by the new parser"});
  CHECK_THAT(tool({"list"}).out, Catch::Contains("[resolved] SIGSEGV"));
  CHECK(ordered_json::parse(tool({"list", "--json"}).out)[2]["group_state"]["state"] == "resolved");
  CHECK(ordered_json::parse(tool({"list", "--json"}).out)[0]["group_state"] == nullptr);
  CHECK_THAT(tool({"groups"}).out,
             Catch::Contains("  resolved  ") && !Catch::Contains("in release"));
  CHECK(ordered_json::parse(tool({"groups", "--json"}).out)["groups"][1]["state"]["note"] ==
        "fixed by the new parser");
  for (const auto& page : {tool({"groups", "--explain", "1"}).out, tool({"show", "1"}).out}) {
    CHECK_THAT(page, Catch::Contains("State ") && Catch::Contains("resolved in release 1.4") &&
                         Catch::Contains("fixed by the new parser"));
  }
  CHECK_THAT(tool({"show", "2"}).out,
             Catch::Contains("known since 2026-01-01, resolved in release 1.4"));
  CHECK(ordered_json::parse(tool({"show", "1", "--json"}).out)["standing"] == "new");
}

TEST_CASE("dblog group: a mute that is over is no mark in a list") {
  const GroupTool tool;
  (void)tool({"group", "mute", "1", "--for", "1h"});
  CHECK_THAT(tool({"list"}).out, Catch::Contains("[muted until 20"));
  SQLite::Database(tool.database().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE crash_group_states SET muted_until = '2026-01-01 00:00:00.000000'");
  CHECK(tool({"list"}).out.find("[muted") == std::string::npos);
}

TEST_CASE("dblog show: a crash is meant by its id, its UUID, or its group, the newest one") {
  const GroupTool tool;
  const std::string second = tool({"show", "2"}).out;
  CHECK_THAT(second, Catch::Contains("843f1df2-02"));
  for (const char* name : {"crashes/2", "843f1df2-02", "2:af64"}) {
    CHECK(tool({"show", name}).out == second);
  }
  CHECK(tool({"show", "843f"}).exit_code() == 2);
  CHECK(tool({"show", "cafe"}).exit_code() == 1);
  CHECK(tool({"show", "77"}).exit_code() == 1);
  CHECK(tool({"show", "no name"}).exit_code() == 2);
}
