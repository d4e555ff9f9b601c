// No verb looks at all rows of a long table: every statement that one runs is counted by SQLite
// itself, in every connection that it opens.
#include <sqlite3.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "src/retention/prune_database.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/flush.hpp"
#include "tools/dblog/groups.hpp"
#include "tools/dblog/list.hpp"
#include "tools/dblog/outbox.hpp"
#include "tools/dblog/recover.hpp"
#include "tools/dblog/show.hpp"

namespace {

using namespace dblog::tool;

// Rows that a statement went over without an index that leads to them.
constexpr int kMostSteps = 400;

std::vector<std::string>& costly_statements() {
  static std::vector<std::string> all;
  return all;
}

int count_steps(unsigned /*event*/, void*, void* statement, void*) {
  auto* prepared = static_cast<sqlite3_stmt*>(statement);
  const int steps = sqlite3_stmt_status(prepared, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
  if (steps > kMostSteps) {
    costly_statements().push_back(std::to_string(steps) + ": " + sqlite3_sql(prepared));
  }
  return 0;
}

int watch_connection(sqlite3* database, const char**, const void*) {
  return sqlite3_trace_v2(database, SQLITE_TRACE_PROFILE, count_steps, nullptr);
}

// From its beginning to its end.
class Watch {
 public:
  Watch() {
    costly_statements().clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch_connection));
  }
  ~Watch() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&watch_connection)); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

constexpr const char* kFill = R"sql(
CREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
  SELECT i, strftime('%Y-%m-%d %H:%M:%f000', 'now', 'localtime', (i - 25000) || ' seconds') AS d FROM n;
INSERT INTO trace (msg, date) SELECT 'x', d FROM n;
INSERT INTO event_stacks (source_table, source_id, pid, tid, pushed_at) SELECT 'trace', i, 1, 1, i % 5 FROM n;
INSERT INTO stacks SELECT i, '1:' || i FROM n WHERE i < 2000;
INSERT INTO stack_frames (stack_id, depth, name_source) SELECT i, 0, 'none' FROM n WHERE i < 2000;
INSERT INTO hw_logs (task, date) SELECT 'x', d FROM n;
INSERT INTO crashes (uuid, date, kind, tid, fingerprint, hw_log_id) SELECT i, d, 'signal', 1,
  '1:' || (i % 10), i FROM n WHERE i <= 2500;
INSERT INTO frames (crash_id, thread, depth, name_source) SELECT i, 1, 0, 'none' FROM n WHERE i <= 2500;
INSERT INTO outbox (uuid, channel, subject, body, state, created, sent, source_table, source_id)
  SELECT i, 'slack', 's', 'b', 'sent', d, d, 'trace', i FROM n;
INSERT INTO dblog_queues (uuid, committed) SELECT i, 0 FROM n;
DROP TABLE n;
)sql";

std::filesystem::path filled_database() {
  static const auto& directory = *new dblog::test::TemporaryDirectory;
  const auto path = directory / "LOGS.db";
  if (std::filesystem::exists(path)) return path;
  auto database = dblog::test::make_database(path);
  dblog::test::make_event_table(database, "trace");
  database.exec(kFill);
  return path;
}

// Runs `body` on the database; the statements that went over many rows.
template <typename Body>
std::vector<std::string> costly(Body body) {
  const auto path = filled_database();
  const Watch watch;
  body(path);
  return costly_statements();
}

const std::vector<std::string> kNone;

}  // namespace

TEST_CASE("query cost: the watch sees a statement that goes over all rows") {
  const auto found = costly([](const auto& path) {
    SQLite::Database database(path.string());
    (void)database.execAndGet("SELECT count(*) FROM trace WHERE msg = 'y'");
  });
  CHECK(found.size() == 1);
}

TEST_CASE("query cost: dblog list") {
  CHECK(costly([](const auto& path) { CHECK(list(path, {}).exit_code == ExitCode::done); }) ==
        kNone);
  CHECK(costly([](const auto& path) {
          CHECK(list(path, {.before = "trace/20000"}).exit_code == ExitCode::done);
        }) == kNone);
  CHECK(costly([](const auto& path) {
          CHECK(list(path, {.table = "trace", .before = "5"}).exit_code == ExitCode::done);
        }) == kNone);
  CHECK(costly([](const auto& path) {
          CHECK(list(path, {.group = "1:3"}).exit_code == ExitCode::done);
        }) == kNone);
}

TEST_CASE("query cost: dblog show and dblog groups") {
  CHECK(costly([](const auto& path) {
          CHECK(show(path, {.id = "trace/12000"}).exit_code == ExitCode::done);
          CHECK(show(path, {.id = "12"}).exit_code == ExitCode::done);
          CHECK(groups(path, {}).exit_code == ExitCode::done);
        }) == kNone);
}

TEST_CASE("query cost: dblog flush, recover, prune and what they are made of") {
  CHECK(costly([](const auto& path) {
          CHECK(recover(path, {}).exit_code == ExitCode::done);
          complete_crashes(path, {}, {});
          CHECK(dblog::tool::flush(
                    path, {},
                    {.make_channels = [] { return std::vector<dblog::outbox::Channel>{}; },
                     .complete_crashes = [](const auto&, auto) { return std::nullopt; }},
                    dblog::tool::StopSignals{})
                    .exit_code == ExitCode::done);
          dblog::retention::PruneRun run;
          run.limit = std::chrono::seconds{10};
          CHECK(dblog::retention::prune_database(path, {}, run));
          CHECK(outbox_list(path, {.state = "pending"}).exit_code == ExitCode::done);
        }) == kNone);
}

TEST_CASE("list: in a long table pages follow each other, between other tables' rows") {
  const auto path = filled_database();
  std::string paged;
  std::optional<std::string> before;
  for (int page = 0; page < 5; ++page) {
    const std::string text = list(path, {.limit = 7, .before = before}).output;
    std::size_t line = text.find('\n') + 1;
    while (line < text.size()) {
      before = text.substr(line, text.find(' ', line) - line);
      paged += *before + ' ';
      line = text.find('\n', line) + 1;
    }
  }
  std::string expected;
  for (int id = 25'000; id > 25'000 - 35; --id) expected += "trace/" + std::to_string(id) + ' ';
  CHECK(paged == expected);
  // Crashes have the dates of the first 2,500 events: a crash comes before an event of its second.
  const std::string among = list(path, {.limit = 4, .before = "trace/2400"}).output;
  CHECK(among.find("2399  ") < among.find("trace/2399"));
  CHECK(among.find("trace/2399") < among.find("2398  "));
}
