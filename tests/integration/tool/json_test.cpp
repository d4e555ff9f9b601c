#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;
using nlohmann::ordered_json;

namespace {

std::vector<std::string> keys(const ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& item : object.items()) names.push_back(item.key());
  return names;
}

}  // namespace

TEST_CASE("dblog list --json: an empty database is an empty array") {
  const ToolRun tool;
  make_database(tool.database());
  CHECK(tool({"list", "--json"}).out == "[]\n");
}

TEST_CASE("dblog list --json: entries have their table and columns in order") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "line\nline", "2026-02-01 00:00:00.000000");
    add_full_crash(database);
  }
  const auto list = ordered_json::parse(tool({"list", "--json"}).out);
  REQUIRE(list.size() == 2);
  CHECK(list[0] == ordered_json{{"table", "e"},
                                {"id", 1},
                                {"msg", "line\nline"},
                                {"date", "2026-02-01 00:00:00.000000"},
                                {"program", nullptr},
                                {"release", nullptr},
                                {"host", nullptr},
                                {"environment", nullptr},
                                {"severity", "error"},
                                {"fields", ordered_json::object()},
                                {"fields_left_out", 0},
                                {"tags", ordered_json::array()},
                                {"tags_left_out", 0}});
  CHECK(list[1]["table"] == "crashes");
  CHECK(list[1]["signal"] == 11);
  CHECK(list[1]["exception_type"].is_null());
  CHECK(keys(list[1]) ==
        std::vector<std::string>{
            "table",       "id",          "uuid",        "date",          "kind",
            "signal",      "signal_name", "signal_code", "fault_address", "exception_type",
            "msg",         "pid",         "tid",         "thread_name",   "host",
            "executable",  "release",     "fingerprint", "stack_trace",   "hw_log_id",
            "access",      "cause",       "phase",       "sender_pid",    "sender_uid",
            "system_call", "killed_by",   "utc_offset",  "process_id",    "environment",
            "group_state"});
  CHECK(list[1]["access"] == "write");
}

TEST_CASE("dblog show --json: a crash holds its frames, hardware and outbox") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_full_crash(database);
  }
  const auto crash = ordered_json::parse(tool({"show", "1", "--json"}).out);
  CHECK(crash["uuid"] == "c0ffee");
  REQUIRE(crash["frames"].size() == 6);
  CHECK(crash["frames"][0]["thread"] == 4712);
  CHECK(crash["frames"][1]["line"] == 12);
  CHECK(crash["frames"][2]["function"].is_null());
  CHECK(crash["frames"][4]["thread"] == 4711);
  CHECK(crash["hardware"]["read_count"] == 536);
  CHECK(crash["hardware"]["details"]["load_1"] == 0.5);
  CHECK(crash["hardware"]["details"]["swap_total"].is_null());
  REQUIRE(crash["outbox"].size() == 2);
  CHECK(crash["outbox"][1]["state"] == "sent");
}

TEST_CASE("dblog show --json: a crash holds what the page says, under keys that stay") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    add_full_crash(database);
  }
  tool.directory.write("src/m.cpp", std::string(20, '\n'));
  const auto crash = ordered_json::parse(tool({"show", "1", "--json"}).out);
  std::vector<std::string> added = keys(crash);
  added.erase(added.begin(), added.begin() + 29);
  CHECK(added == std::vector<std::string>{"environment", "group_state", "what_happened",
                                          "signal_code_name", "group", "standing", "frames",
                                          "threads", "registers", "context", "noexcept", "note",
                                          "breadcrumbs", "hardware", "outbox", "is_truncated"});
  CHECK(crash["what_happened"] ==
        "app died of SIGSEGV: it wrote to address 0x0 in at (src/at.hpp:7), called from divide; "
        "likely a null pointer");
  CHECK(crash["signal_code_name"] == "SEGV_MAPERR");
  CHECK(crash["group"]["count"] == 1);
  CHECK(crash["group"]["place"] == "divide");
  CHECK(crash["group"]["parts"] == ordered_json{"signal SIGSEGV", "in divide"});
  CHECK(crash["threads"][3] ==
        ordered_json{{"crash_id", 1}, {"tid", 4714}, {"name", "stuck"}, {"answered", 0}});
  CHECK(crash["registers"][0]["name"] == "rip");
  CHECK(
      crash["context"][0] ==
      ordered_json{
          {"crash_id", 1}, {"number", 1}, {"name", "request"}, {"type", "integer"}, {"value", 12}});
  CHECK(crash["breadcrumbs"][1]["msg"] == "request 12");
  CHECK(crash["frames"][0]["source"].is_null());
  CHECK(crash["frames"][1]["source"][0] == ordered_json{{"line", 10}, {"text", ""}});
}

TEST_CASE("dblog show --json: an event holds its stacks") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_event(database, "e", "x", "2026");
    add_event(database, "e", "y", "2026");
    database.exec(
        "INSERT INTO stacks VALUES (1, '1:aa');"
        "INSERT INTO stack_frames (stack_id, depth, function) VALUES (1, 0, 'save()');"
        "INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, "
        "thrown_at) VALUES ('e', 1, 11, 12, NULL, 1, NULL)");
  }
  const auto event = ordered_json::parse(tool({"show", "e/1", "--json"}).out);
  CHECK(event["stacks"]["tid"] == 12);
  CHECK(event["stacks"]["pushed"]["fingerprint"] == "1:aa");
  CHECK(event["stacks"]["pushed"]["frames"][0]["function"] == "save()");
  CHECK(event["stacks"]["thrown"]["frames"] == ordered_json::array());
  CHECK(ordered_json::parse(tool({"show", "e/2", "--json"}).out)["stacks"].is_null());
}

TEST_CASE("dblog show --json: a crash without hardware says null") {
  const ToolRun tool;
  make_database(tool.database())
      .exec("INSERT INTO crashes (uuid, date, kind) VALUES ('u', '2026-01-31', 'killed')");
  const auto crash = ordered_json::parse(tool({"show", "1", "--json"}).out);
  CHECK(crash["hardware"].is_null());
  CHECK(crash["frames"] == ordered_json::array());
  CHECK(crash["outbox"] == ordered_json::array());
}

TEST_CASE("dblog --json: is valid and ASCII whatever is stored") {
  const ToolRun tool;
  const std::vector<std::pair<std::string, std::string>> stored_and_read = {
      {std::string("nul\0after", 9), std::string("nul\0after", 9)},
      {"\x1b[31m\x7f\xc2\x9b", "\x1b[31m\x7f\xc2\x9b"},
      {"bad \xff byte", "bad \xef\xbf\xbd byte"},
      {"cut \xe2\x82", "cut \xef\xbf\xbd"},
      {"\"quotes\" \\ größer 😀", "\"quotes\" \\ größer 😀"},
      {std::string(1 << 20, '\n'), std::string(1 << 20, '\n')},
  };
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    for (const auto& [stored, read] : stored_and_read) add_event(database, "e", stored, "2026");
    database.exec("INSERT INTO e (msg, date) VALUES (x'00ff', 9e999)");
  }
  const auto list = tool({"list", "--json"});
  CHECK(std::all_of(list.out.begin(), list.out.end(),
                    [](char c) { return (c >= ' ' && c < '\x7f') || c == '\n'; }));
  CHECK(ordered_json::parse(list.out).size() == stored_and_read.size() + 1);
  for (std::size_t i = 0; i < stored_and_read.size(); ++i) {
    const auto child = tool({"show", "e/" + std::to_string(i + 1), "--json"});
    CHECK((ordered_json::parse(child.out)["msg"] == stored_and_read[i].second));
  }
}
