// Types on the tool's pages, as people write them.
#include <catch2/catch.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

TEST_CASE("type names: pages have those that people write, columns and --json the whole ones") {
  const ToolRun tool;
  make_database(tool.database())
      .exec(
          "INSERT INTO crashes (uuid, date, kind, tid, exception_type, executable, fingerprint) "
          "VALUES ('u', '2026-01-31', 'exception', 7, "
          "'shop::Error<std::__cxx11::basic_string<char, "
          "std::char_traits<char>, std::allocator<char> > >', '/usr/bin/shop', '2:af64');"
          "INSERT INTO fingerprint_parts VALUES ('2:af64', 'std::__cxx11::list::remove', 'x');"
          "INSERT INTO frames (crash_id, thread, depth, module, function) VALUES "
          "(1, 7, 0, '/usr/bin/shop', 'load(std::vector<int, std::allocator<int> >&)')");
  const std::string page = tool({"show", "1"}).out;
  CHECK_THAT(page, Catch::Contains("  Exception     shop::Error<std::string>\n") &&
                       Catch::Contains("  #0   load(std::vector<int>&) in shop\n") &&
                       !Catch::Contains("__cxx11"));
  for (const char* verb : {"list", "groups"}) {
    CHECK_THAT(tool({verb}).out,
               Catch::Contains("shop::Error<std::string> in std::list::remove, shop"));
  }
  CHECK_THAT(tool({"show", "1", "--json"}).out,
             Catch::Contains("load(std::vector<int, std::allocator<int> >&)") &&
                 Catch::Contains("shop::Error<std::__cxx11::basic_string<char, "));
}
