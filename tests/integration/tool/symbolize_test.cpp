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
