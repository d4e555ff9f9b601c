#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/integration/tool/tool_run.hpp"
#include "tests/support/sqlite_shell.hpp"

using namespace dblog::test;

namespace {

struct SymbolizeRun : ToolRun {
  SymbolizeRun() {
    SQLite::Database made = make_database(database());
    add_full_crash(made);
  }

  [[nodiscard]] std::string frame_states() const {
    return sqlite_shell(database(), "SELECT ifnull(name_source, '-') FROM frames ORDER BY rowid");
  }
};

}  // namespace

TEST_CASE("dblog symbolize: says what it did, and does it once") {
  const SymbolizeRun tool;
  const auto child = tool({"symbolize"});
  CHECK(child.err == "");
  CHECK(child.exit_code() == 0);
  CHECK(child.out == "crashes: 1, stacks of events: 0, frames named: 0, without a name: 2\n");
  // The first four have names that others gave them.
  CHECK(tool.frame_states() == "-\n-\n-\n-\nnone\nnone");
  CHECK(tool({"symbolize"}).out ==
        "crashes: 0, stacks of events: 0, frames named: 0, without a name: 0\n");
}

TEST_CASE("dblog symbolize: tells scripts the same as JSON") {
  const SymbolizeRun tool;
  const auto child = tool({"symbolize", "1", "--json"});
  REQUIRE(child.exit_code() == 0);
  const auto json = nlohmann::json::parse(child.out);
  CHECK(json["crashes"] == nlohmann::json::array({1}));
  CHECK(json["without_name"] == 2);
  CHECK(json["left"] == 0);
}

TEST_CASE("dblog symbolize: names what it cannot find and what is no ID") {
  const SymbolizeRun tool;
  CHECK(tool({"symbolize", "2"}).exit_code() == 1);
  CHECK(tool({"symbolize", "no/id/"}).exit_code() == 2);
  CHECK(tool({"symbolize", "--db", "none.db"}).exit_code() == 3);
  CHECK(tool.frame_states() == "-\n-\n-\n-\n-\n-");
}

TEST_CASE("dblog symbolize: a directory of debug files that is not there is an error") {
  const SymbolizeRun tool;
  const auto missing = tool({"symbolize", "--debug-dir", "nowhere"});
  CHECK(missing.exit_code() == 2);
  CHECK(missing.err.find("nowhere: no such directory") != std::string::npos);
  tool.directory.write("file", "");
  const auto file = tool({"symbolize", "--debug-dir", "file"});
  CHECK(file.exit_code() == 2);
  CHECK(file.err.find("file: is not a directory") != std::string::npos);
  CHECK(tool.frame_states() == "-\n-\n-\n-\n-\n-");
}

TEST_CASE("dblog symbolize: says which file does not fit, and why") {
  const SymbolizeRun tool;
  std::filesystem::create_directory(tool.directory / "dbg");
  tool.directory.write("dbg/app", "no program");
  const std::string set_id = "UPDATE frames SET build_id = 'aabbcc' WHERE build_id = 'aa'";
  (void)sqlite_shell(tool.database(), set_id);
  const auto child = tool({"symbolize", "--debug-dir", "dbg"});
  CHECK(child.exit_code() == 0);
  CHECK(child.out.find("dbg/app does not fit /usr/bin/app: no ELF program, library or debug "
                       "file\n") != std::string::npos);
  CHECK(tool.frame_states() == "-\n-\n-\n-\nnone, unreadable debug file\nnone");

  const auto json =
      nlohmann::json::parse(tool({"symbolize", "--retry", "--debug-dir", "dbg", "--json"}).out);
  REQUIRE(json["misfits"].size() == 1);
  CHECK(json["misfits"][0]["reason"] == "not ELF");
  CHECK(json["misfits"][0]["module_build_id"] == "aabbcc");
}

TEST_CASE("dblog: the settings' directories and path map count for each verb") {
  const SymbolizeRun tool;
  const std::string source = tool.directory.write("mine/m.cpp", "one\nint two;\nthree\n");
  std::filesystem::create_directory(tool.directory / "dbg");
  tool.directory.write("dbg/app", "no program");
  tool.directory.write(".env", "debug_dirs=dbg:gone\npath_map=/build=mine\n");
  (void)sqlite_shell(tool.database(),
                     "UPDATE frames SET file = '/build/m.cpp', line = 2 WHERE function IS NOT NULL "
                     "AND thread = 4712; UPDATE frames SET build_id = 'aabbcc' WHERE build_id = "
                     "'aa'");
  const auto shown = tool({"show", "1"});
  CHECK(shown.exit_code() == 0);
  CHECK(shown.out.find("2 | int two;") != std::string::npos);
  CHECK(shown.err ==
        "dblog: debug_dirs: " + (tool.directory / "gone").string() + ": no such directory\n");
  CHECK(tool.frame_states() == "-\n-\n-\n-\nnone, unreadable debug file\nnone");
}

TEST_CASE("dblog symbolize: looks again for a crash that is named, not for all") {
  const SymbolizeRun tool;
  (void)sqlite_shell(tool.database(),
                     "UPDATE frames SET build_id = 'aabbcc' WHERE build_id = 'aa'");
  CHECK(tool({"symbolize"}).out.find("without a name: 2\n") != std::string::npos);
  std::filesystem::create_directory(tool.directory / "dbg");
  tool.directory.write("dbg/app", "no program");
  tool.directory.write(".env", "debug_dirs=dbg\n");
  CHECK(tool({"symbolize"}).out.find("does not fit") == std::string::npos);
  CHECK(tool({"symbolize", "1"}).out.find("dbg/app does not fit /usr/bin/app") !=
        std::string::npos);
}

TEST_CASE("dblog symbolize: several at once leave one set of rows") {
  const SymbolizeRun tool;
  const std::string rows = "SELECT count(*) FROM frames";
  const std::string before = sqlite_shell(tool.database(), rows);
  std::vector<std::thread> runs;
  std::vector<dblog::test::ChildResult> results(4);
  for (auto& result : results) {
    runs.emplace_back([&tool, &result] { result = tool({"symbolize", "--retry"}); });
  }
  for (std::thread& run : runs) run.join();
  for (const auto& result : results) {
    INFO(result.err);
    CHECK(result.exit_code() == 0);
  }
  CHECK(sqlite_shell(tool.database(), rows) == before);
  CHECK(tool.frame_states() == "-\n-\n-\n-\nnone\nnone");
}

TEST_CASE("dblog show: names the frames of what it shows") {
  const SymbolizeRun tool;
  CHECK(tool({"show", "1"}).exit_code() == 0);
  CHECK(tool.frame_states() == "-\n-\n-\n-\nnone\nnone");
}

TEST_CASE("dblog show: shows what it may only read") {
  const SymbolizeRun tool;
  if (::geteuid() == 0) return;  // root may write everything
  std::filesystem::permissions(tool.directory.path(), std::filesystem::perms::owner_read |
                                                          std::filesystem::perms::owner_exec);
  std::filesystem::permissions(tool.database(), std::filesystem::perms::owner_read);
  CHECK(tool({"show", "1"}).exit_code() == 0);
  std::filesystem::permissions(tool.directory.path(), std::filesystem::perms::owner_all);
}
