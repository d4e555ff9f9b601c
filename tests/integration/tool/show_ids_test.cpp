// What dblog show says of IDs that name nothing.
#include <catch2/catch.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

TEST_CASE("dblog show: what is no ID is a usage error, database or not") {
  const ToolRun tool;
  for (const char* id : {"x", "e/", "/3", "7x", "99999999999999999999", ""}) {
    const auto child = tool({"show", id});
    CHECK(child.err ==
          "dblog: " + std::string(id) +
              ": is not an ID: a crash is a number or the beginning of its UUID, an "
              "event TABLE/NUMBER, as 'dblog list' prints them, and 'last' is the newest "
              "crash\n");
    CHECK(child.exit_code() == 2);
  }
}

TEST_CASE("dblog show: what is not there, or means several, is named, with what to do") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    database.exec(
        "INSERT INTO crashes (uuid, date, kind) VALUES ('843f1df2-01', '2026-01-31', 'signal'), "
        "('843f1df2-02', '2026-01-31', 'signal')");
  }
  const auto error = [&tool](const char* id, int code) {
    const auto child = tool({"show", id});
    CHECK(child.out == "");
    CHECK(child.exit_code() == code);
    return child.err;
  };
  CHECK(error("cafe", 1) ==
        "dblog: cafe: is no crash of this database, neither an id nor the beginning of a UUID; "
        "'dblog list --crashes' lists them\n");
  CHECK(error("01234567-89ab-cdef-0123-456789abcdef", 1) ==
        "dblog: 01234567-89ab-cdef-0123-456789abcdef: is no crash of this database, neither an id "
        "nor the beginning of a UUID; 'dblog list --crashes' lists them\n");
  CHECK(error("843f", 2) ==
        "dblog: 843f: is the beginning of several crashes' UUIDs (1: 843f1df2-01, 2: 843f1df2-02); "
        "give more of it\n");
  CHECK(error("7", 1) == "dblog: there is no crash 7, the last one was 2\n");
  CHECK(error("e/3", 1) == "dblog: e: has no event 3\n");
  CHECK(error("nosuch/3", 1) ==
        "dblog: nosuch: is not a table of events; 'dblog list' shows which are\n");
}
