// dblog recover beside other processes.
#include <fcntl.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/integration/tool/tool_run.hpp"
#include "tests/support/box_image.hpp"

using dblog::test::ToolRun;

namespace {

// What a killed process leaves.
void leave_box(const ToolRun& run, std::int64_t started, std::int64_t last_seen) {
  dblog::test::make_database(run.database());
  dblog::test::BoxImage image;
  image.box().identity.process_uuid =
      dblog::base::Uuid{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
  image.box().identity.facts.started_utc_microseconds = started;
  image.box().last_seen_utc_microseconds = last_seen;
  image.seal_identity();
  run.directory.write("LOGS.db-box-4194305-01020300-0000-0000-0000-000000000000",
                      std::string(image.view()));
}

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
  CHECK(nlohmann::json::parse(run({"recover", "--json"}).out)["being_imported"] == 1);
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

TEST_CASE("dblog recover: a killed process has its group at once") {
  const ToolRun run;
  leave_box(run, 1'000'000, 2'000'000);
  CHECK(run({"recover"}).out == "crashes: 0, killed processes: 1\n");
  const std::string groups = run({"groups"}).out;
  CHECK_THAT(groups, Catch::Contains("app: the machine was shut down"));
  CHECK_THAT(groups, !Catch::Contains("no group yet"));
}

TEST_CASE("dblog recover: the last sign of life is between the start and now") {
  constexpr std::int64_t kStarted = 1'000'000;
  constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t last_seen : {-kLatest, std::int64_t{0}, 2 * kStarted, kLatest}) {
    const ToolRun run;
    leave_box(run, kStarted, last_seen);
    CHECK(run({"recover"}).exit_code() == 0);
    CAPTURE(last_seen);
    SQLite::Database database{run.database().string()};
    const std::int64_t ended =
        database.execAndGet("SELECT ended_utc FROM dblog_processes").getInt64();
    CHECK(ended >= std::max(kStarted, std::min(last_seen, 2 * kStarted)));
    CHECK(ended <= database.execAndGet("SELECT (unixepoch() + 1) * 1000000").getInt64());
  }
}
