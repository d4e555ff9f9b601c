// dblog recover beside other processes.
#include <fcntl.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using dblog::test::ToolRun;

namespace {

// A file that is locked, as an importer locks it: a process of that id cannot be.
class FileInOtherHands {
 public:
  FileInOtherHands(const ToolRun& run, const std::string& infix) {
    dblog::test::make_database(run.database());
    const std::string name = "LOGS.db" + infix + "2147483646-843f1df2-f82c-498f-928f-d798dcadea30";
    run.directory.write(name, "x");
    descriptor_ = ::open((run.directory / name).c_str(), O_RDWR | O_CLOEXEC);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    REQUIRE(::fcntl(descriptor_, F_OFD_SETLK, &whole) == 0);
  }
  ~FileInOtherHands() { ::close(descriptor_); }
  FileInOtherHands(const FileInOtherHands&) = delete;
  FileInOtherHands& operator=(const FileInOtherHands&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace

TEST_CASE("dblog recover: says that another process is importing a queue just now") {
  const ToolRun run;
  const FileInOtherHands file(run, "-queue-");
  const auto child = run({"recover"});
  CHECK(child.exit_code() == 0);
  CHECK_THAT(child.out,
             Catch::Contains("1 is in use by another process, or being imported just now\n"));
  CHECK(nlohmann::json::parse(run({"recover", "--json"}).out)["in_other_hands"] == 1);
}

TEST_CASE("dblog recover: says the same of a black box") {
  const ToolRun run;
  const FileInOtherHands file(run, "-box-");
  CHECK_THAT(run({"recover"}).out, Catch::Contains("1 is in use by another process"));
}

TEST_CASE("dblog recover: makes no database where nothing waits for one") {
  const ToolRun run;
  const auto child = run({"recover"});
  CHECK(child.err == "dblog: LOGS.db: no such file; --db names another one\n");
  CHECK(child.exit_code() == 3);
  CHECK_FALSE(std::filesystem::exists(run.database()));
}
