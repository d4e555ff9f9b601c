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
