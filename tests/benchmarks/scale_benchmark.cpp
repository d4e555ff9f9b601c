// Whether a full database is as fast as an empty one:
//   DIRECTORY must have room for some gigabytes
//   benchmark_scale DIRECTORY [EVENTS]
// Makes DIRECTORY/empty.db and DIRECTORY/full.db (10 million events, a million messages that were
// sent, 100,000 hardware snapshots, 2,500 crashes), unless they are there, and times each task on
// both: the tool as whole processes, the others within this one. Prints a table, medians.
#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dblog/event_logger.hpp"
#include "src/outbox/database_watch.hpp"
#include "src/outbox/due_work.hpp"
#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/work_directory.hpp"
#include "tests/support/run_child.hpp"
#include "tests/support/test_database.hpp"

namespace {

std::string counter(std::int64_t first, std::int64_t count) {
  return "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
         " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(first + count - 1) + ") ";
}

// Dates that rise with the ids, over the last 100 days.
std::string date_of(std::int64_t all) {
  return "strftime('%Y-%m-%d %H:%M:%f000', 'now', 'localtime', '-' || ((" + std::to_string(all) +
         " - i) * 8640000.0 / " + std::to_string(all) + ") || ' seconds')";
}

void fill(SQLite::Database& database, std::int64_t all, const std::string& insert) {
  constexpr std::int64_t kBatch = 500'000;
  for (std::int64_t first = 1; first <= all; first += kBatch) {
    database.exec(counter(first, std::min(kBatch, all - first + 1)) + insert);
  }
}

void generate(const std::filesystem::path& path, std::int64_t events) {
  if (std::filesystem::exists(path)) return;
  SQLite::Database database = dblog::test::make_database(path);
  dblog::test::make_event_table(database, "trace");
  dblog::test::make_event_table(database, "error_table");
  const auto several = [&](std::int64_t part) { return std::max<std::int64_t>(events / part, 1); };
  fill(database, events,
       "INSERT INTO trace (msg, date) SELECT 'request ' || i || ' was answered with status ' || "
       "(i % 7) || ' after some milliseconds', " +
           date_of(events) + " FROM n");
  fill(database, events,
       "INSERT INTO event_stacks (source_table, source_id, pid, tid, pushed_at) SELECT 'trace', i, "
       "1, 1, i % 50 FROM n");
  database.exec(counter(0, 50) + "INSERT INTO stacks SELECT i, '1:' || i FROM n");
  fill(database, several(1'000),
       "INSERT INTO error_table (msg, date) SELECT 'error ' || i, " + date_of(several(1'000)) +
           " FROM n");
  fill(database, several(100),
       "INSERT INTO hw_logs (task, pid, date) SELECT 'x', 1, " + date_of(several(100)) + " FROM n");
  fill(database, several(100), "INSERT INTO hw_details (hw_log_id) SELECT i FROM n");
  fill(database, several(4'000),
       "INSERT INTO crashes (uuid, date, kind, signal_name, tid, fingerprint, stack_trace, "
       "hw_log_id) SELECT i, " +
           date_of(several(4'000)) +
           ", 'signal', 'SIGSEGV', 1, '1:' || (i % 40), hex(zeroblob(1000)), i FROM n");
  fill(database, several(4'000) * 100,
       "INSERT INTO frames (crash_id, thread, depth, address, function, name_source) SELECT "
       "1 + (i - 1) / 100, 1, (i - 1) % 100, '0x1234', 'f', 'debug info' FROM n");
  fill(database, several(10),
       "INSERT INTO outbox (uuid, channel, subject, body, state, created, sent, source_table, "
       "source_id) SELECT i, 'slack', 'error', 'request ' || i || ' failed', 'sent', " +
           date_of(several(10)) + ", " + date_of(several(10)) + ", 'trace', i * 10 FROM n");
  database.exec(
      "INSERT INTO outbox (uuid, channel, subject, body, next_attempt, created) VALUES "
      "('w', 'slack', 's', 'b', '2090-01-01 00:00:00.000000', '2026-01-01 00:00:00')");
}

double median_of(int rounds, const std::function<void()>& body) {
  std::vector<double> seconds;
  for (int i = 0; i < rounds; ++i) {
    const dblog::benchmark::Stopwatch watch;
    body();
    seconds.push_back(watch.seconds());
  }
  return dblog::benchmark::median(std::move(seconds));
}

double tool(const std::filesystem::path& path, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), DBLOG_TOOL);
  arguments.insert(arguments.end(), {"--db", path.native()});
  return median_of(7, [&] {
    const auto child = dblog::test::run_child({.arguments = arguments});
    if (child.exit_code() != 0)
      std::printf("%s failed: %s", arguments[1].c_str(), child.err.c_str());
  });
}

double push(const std::filesystem::path& path, dblog::PushOptions options) {
  dblog::EventLogger trace{"trace", path};
  return median_of(3'000, [&] { (void)trace.push_to_table("request was answered", options); });
}

double next_due(const std::filesystem::path& path) {
  auto watch = dblog::outbox::DatabaseWatch::open(path);
  return median_of(100, [&] { (void)(*watch)->next_due("slack", dblog::now()); });
}

double find_due(const std::filesystem::path& path) {
  SQLite::Database database(path.native(), SQLite::OPEN_READONLY);
  return median_of(
      100, [&] { (void)dblog::outbox::find_due(database, "slack", {}, dblog::now(), false); });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  ::setenv("DBLOG_MAX_MB", "0", 1);
  ::setenv("DBLOG_MAX_DAYS", "outbox=0", 1);
  const std::int64_t events = argc > 2 ? std::atoll(argv[2]) : 10'000'000;
  const std::filesystem::path empty = std::filesystem::path(argv[1]) / "empty.db";
  const std::filesystem::path full = std::filesystem::path(argv[1]) / "full.db";
  generate(empty, 1);
  generate(full, events);
  const std::string middle = "trace/" + std::to_string(events / 2);
  const auto line = [&](const char* what, double on_empty, double on_full) {
    std::printf("| %s | %.3f ms | %.3f ms | %.2f |\n", what, on_empty * 1e3, on_full * 1e3,
                on_full / on_empty);
    std::fflush(stdout);
  };
  std::printf("%lld events, %.1f MB\n| | empty | full | |\n|---|---|---|---|\n",
              static_cast<long long>(events),
              static_cast<double>(std::filesystem::file_size(full)) / 1e6);
  line("push_to_table", push(empty, {}), push(full, {}));
  line("push_to_table, hw_monitor", push(empty, {.hw_monitor = true}),
       push(full, {.hw_monitor = true}));
  line("next row that becomes due", next_due(empty), next_due(full));
  line("rows that are due", find_due(empty), find_due(full));
  line("dblog list", tool(empty, {"list"}), tool(full, {"list"}));
  line("dblog list --before", tool(empty, {"list", "--before", "trace/1"}),
       tool(full, {"list", "--before", middle}));
  line("dblog list --table", tool(empty, {"list", "--table", "trace", "--before", "trace/1"}),
       tool(full, {"list", "--table", "trace", "--before", middle}));
  line("dblog show, an event", tool(empty, {"show", "trace/1"}), tool(full, {"show", middle}));
  line("dblog show, a crash", tool(empty, {"show", "1"}), tool(full, {"show", "1"}));
  line("dblog groups", tool(empty, {"groups"}), tool(full, {"groups"}));
  line("dblog outbox list --state pending", tool(empty, {"outbox", "list", "--state", "pending"}),
       tool(full, {"outbox", "list", "--state", "pending"}));
  line("dblog recover", tool(empty, {"recover"}), tool(full, {"recover"}));
  line("dblog flush", tool(empty, {"flush"}), tool(full, {"flush"}));
  return 0;
}
