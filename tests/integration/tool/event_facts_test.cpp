// Severity, fields and tags in what the tool prints.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;
using nlohmann::ordered_json;

TEST_CASE("dblog show: an event's page has its severity, tags and fields") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "refused", "2026-01-31");
    add_event_facts(database, "e", 1);
  }
  CHECK(tool({"show", "e/1"}).out == R"(Event e/1: refused

When
  Date          2026-01-31
  Severity      warning
  Tags          payment, retry (1 more was not kept)

Message
  refused

Fields
  order = 4711
  bank = DE-12
      \x1b[31m
  took = 0.25
  is_new = true
  (3 more were not kept)
)");
}

TEST_CASE("dblog list: an event shows a severity that is not the usual one, its fields and tags") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "refused\nby the bank", "2026-01-01");
    add_event(database, "e", "plain", "2026-01-02");
    add_event_facts(database, "e", 1);
  }
  CHECK(tool({"list"}).out ==
        "ID   DATE        KIND   WHAT\n"
        "e/2  2026-01-02  event  plain\n"
        "e/1  2026-01-01  event  [warning] refused  order=4711 bank=DE-12 took=0.25 is_new=true "
        "#payment #retry\n");
}

TEST_CASE("dblog list and show --json: an event's fields have their types") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "refused", "2026-02-01 00:00:00.000000");
    add_event_facts(database, "e", 1);
  }
  const auto list = ordered_json::parse(tool({"list", "--json"}).out);
  REQUIRE(list.size() == 1);
  CHECK(list[0]["severity"] == "warning");
  CHECK(list[0]["fields"] ==
        ordered_json{
            {"order", 4711}, {"bank", "DE-12\n\u001b[31m"}, {"took", 0.25}, {"is_new", true}});
  CHECK(list[0]["fields_left_out"] == 3);
  CHECK(list[0]["tags"] == ordered_json{"payment", "retry"});
  CHECK(list[0]["tags_left_out"] == 1);
  const auto shown = ordered_json::parse(tool({"show", "e/1", "--json"}).out);
  for (const auto& item : list[0].items()) CHECK(shown[item.key()] == item.value());
}

TEST_CASE("dblog show and --json: crashes and events say which program, where, wrote them") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    for (int i = 1; i <= 4; ++i) add_event(database, "e", "refused", "2026-01-31");
    add_full_crash(database);
    database.exec(R"sql(
INSERT INTO dblog_processes (id, uuid, host, executable, pid, release, environment) VALUES
  (7, 'a', 'web1', '/usr/bin/shop', 4711, '2.8', 'staging'),
  (8, 'b', 'web2', '/usr/bin/till', 12, NULL, NULL);
UPDATE crashes SET process_id = 7;
INSERT INTO dblog_event_runs VALUES ('e', 2, 3, 7, 0);
INSERT INTO event_stacks (source_table, source_id, process_id) VALUES ('e', 3, 8))sql");
  }
  CHECK(tool({"show", "e/2"}).out == R"(Event e/2: refused

When and where
  Date          2026-01-31
  Program       /usr/bin/shop
  Release       2.8
  Environment   staging
  Host          web1
  Severity      error

Message
  refused
)");
  CHECK_THAT(tool({"show", "1"}).out, Catch::Contains("\n  Environment   staging\n"));
  const auto list = ordered_json::parse(tool({"list", "--table", "e", "--json"}).out);
  REQUIRE(list.size() == 4);
  // The row of its stack knows the process; no run has the newest and the oldest.
  for (const std::size_t unknown : {0U, 3U}) CHECK(list[unknown]["program"].is_null());
  CHECK(list[1]["program"] == "/usr/bin/till");
  CHECK(list[1]["host"] == "web2");
  CHECK(list[1]["environment"].is_null());
  CHECK(list[2]["program"] == "/usr/bin/shop");
  CHECK(list[2]["release"] == "2.8");
  CHECK(list[2]["host"] == "web1");
  CHECK(list[2]["environment"] == "staging");
  for (const char* entry : {"1", "e/2"}) {
    CHECK(ordered_json::parse(tool({"show", entry, "--json"}).out)["environment"] == "staging");
  }
}

TEST_CASE("dblog show and list: a database without rows of processes shows none") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "refused", "2026-01-31");
    database.exec("DROP TABLE dblog_processes; DROP TABLE dblog_event_runs");
    database.exec("ALTER TABLE event_stacks DROP COLUMN process_id");
  }
  const auto shown = tool({"show", "e/1"});
  CHECK(shown.exit_code() == 0);
  CHECK_THAT(shown.out, Catch::Contains("\nWhen\n") && !Catch::Contains("Environment"));
  CHECK(ordered_json::parse(tool({"list", "--json"}).out)[0]["environment"].is_null());
}
