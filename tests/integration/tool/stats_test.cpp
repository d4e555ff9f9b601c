// dblog stats.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

namespace {

constexpr const char* kRows = R"sql(
INSERT INTO dblog_processes (id, uuid, executable, release, environment, started, started_utc) VALUES
  (1, 'p1', '/usr/bin/app', '1.0', 'prod', '2020-01-01 09:00:00.000000', 1577869200000000),
  (2, 'p2', '/usr/bin/app', '1.0', 'prod', '2020-01-03 09:00:00.000000', 1578042000000000),
  (3, 'p3', '/usr/bin/job', '2.0', NULL, '2020-01-04 09:00:00.000000', 1578128400000000);
INSERT INTO crashes (id, uuid, date, kind, signal, signal_name, exception_type, cause, executable,
    release, fingerprint, process_id, utc_offset) VALUES
  (1, 'c1', '2020-01-01 10:00:00.000000', 'signal', 11, 'SIGSEGV', NULL, NULL, '/usr/bin/app', '1.0',
   '2:aa', 1, 0),
  (2, 'c2', '2020-01-01 12:00:00.000000', 'signal', 11, 'SIGSEGV', NULL, NULL, '/usr/bin/app', '1.0',
   '2:aa', NULL, 7200),
  (3, 'c3', '2020-01-03 22:00:00.000000', 'killed', NULL, NULL, NULL, 'out_of_memory',
   '/usr/bin/job', '2.0', NULL, 3, 0);
INSERT INTO fingerprint_parts VALUES ('2:aa', 'parse', 'x');
INSERT INTO event_stacks (source_table, source_id, pid, process_id) VALUES ('e', 1, 1, 1), ('e', 2, 1, 1);
INSERT INTO event_facts (source_table, source_id, severity) VALUES ('e', 1, 'warning');
INSERT INTO outbox (uuid, channel, subject, body, state, created, source_table, source_id) VALUES
  ('o1', 'slack', 's', 'b', 'pending', '2020-01-01 10:00:00.000000', 'e', 1),
  ('o2', 'slack', 's', 'b', 'sent', '2020-01-03 10:00:00.000000', 'e', 2);
)sql";

void fill(const ToolRun& tool) {
  auto database = make_database(tool.database());
  make_event_table(database, "e");
  add_event(database, "e", "one", "2020-01-01 10:00:00.000000");
  add_event(database, "e", "two", "2020-01-04 10:00:00.000000");
  add_event(database, "e", "three", "2020-01-04 11:00:00.000000");
  database.exec(kRows);
}

nlohmann::json json_of(const ToolRun& tool, std::vector<std::string> words) {
  words.insert(words.begin(), {"stats", "--json"});
  const auto child = tool(words);
  CHECK(child.exit_code() == 0);
  return nlohmann::json::parse(child.out);
}

}  // namespace

TEST_CASE("dblog stats: what there was, as a page") {
  const ToolRun tool;
  fill(tool);
  const auto child = tool({"stats"});
  CHECK(child.err == "");
  CHECK(child.exit_code() == 0);
  const std::size_t size = child.out.find("Database: ");
  REQUIRE(size != std::string::npos);
  CHECK(child.out.substr(0, size) ==
        "3 events, 2 crashes, 1 killed, 0 ended without a mark\n"
        "Between crashes or kills: 2.5 days (median), 30.0 h (mean), 2.5 days (longest)\n"
        "Messages: slack 1 pending, slack 1 sent\n");
  CHECK(child.out.substr(child.out.find('\n', size) + 1) == R"(
Days
DAY         CRASHES  KILLED  EVENTS
2020-01-01  2        0       1
2020-01-02  0        0       0
2020-01-03  0        1       0
2020-01-04  0        0       2

Kinds
COUNT  KIND    WHAT
2      event   error
2      signal  SIGSEGV
1      event   warning
1      killed  out_of_memory

Programs
CRASHES  KILLED  EVENTS  PROGRAM
2        0       2       /usr/bin/app
0        0       1       -
0        1       0       /usr/bin/job

Releases
CRASH-FREE  PROCESSES  CRASHED  KILLED  RELEASE  ENVIRONMENT  PROGRAM
100.00 %    1          0        1       2.0      -            /usr/bin/job
50.00 %     2          1        0       1.0      prod         /usr/bin/app

Groups with the most crashes
COUNT  LAST WEEK  WEEK BEFORE  TREND  GROUP  WHAT
2      0          0            quiet  2:aa   SIGSEGV in parse, app
)");
}

TEST_CASE("dblog stats: the same numbers as JSON") {
  const ToolRun tool;
  fill(tool);
  const auto json = json_of(tool, {});
  CHECK(json["crashes"] == 2);
  CHECK(json["killed"] == 1);
  CHECK(json["events"] == 3);
  CHECK(json["days"][0] == nlohmann::json::parse(R"({"day": "2020-01-01", "crashes": 2, "killed": 0,
    "ended": 0, "events": 1})"));
  CHECK(json["days"].size() == 3);
  CHECK(json["programs"][1]["executable"].is_null());
  CHECK(json["releases"][1]["crash_free_rate"] == 0.5);
  CHECK(json["groups"][0]["trend"] == "quiet");
  CHECK(json["groups"][0]["place"] == "parse");
  // The two crashes are of one moment: their dates are of two zones.
  CHECK(json["seconds_between_failures"]["longest"].get<double>() == Approx(216'000));
  CHECK(json["messages"].size() == 2);
  CHECK(json["bytes"].get<std::int64_t>() > json["free_bytes"].get<std::int64_t>());
  CHECK(json["is_truncated"] == false);
}

TEST_CASE("dblog stats: counts what the filters of the list take") {
  const ToolRun tool;
  fill(tool);
  const auto late = json_of(tool, {"--since", "2020-01-02"});
  CHECK(late["crashes"] == 0);
  CHECK(late["killed"] == 1);
  CHECK(late["events"] == 2);
  CHECK(late["releases"].size() == 2);
  CHECK(late["messages"].size() == 1);
  const auto of_release = json_of(tool, {"--release", "1.0"});
  CHECK(of_release["crashes"] == 2);
  CHECK(of_release["killed"] == 0);
  CHECK(of_release["events"] == 2);
  CHECK(of_release["releases"].size() == 1);
  const auto severe = json_of(tool, {"--severity", "error"});
  CHECK(severe["events"] == 2);
  CHECK(severe["releases"].is_null());
  CHECK(tool({"stats", "--kind", "x"}).exit_code() == 2);
}

TEST_CASE("dblog stats: tells groups that are new, rise or fall") {
  const ToolRun tool;
  auto database = make_database(tool.database());
  const auto add = [&](const char* group, const char* days_ago) {
    static int number = 0;
    database.exec("INSERT INTO crashes (uuid, date, kind, fingerprint) VALUES (" +
                  std::to_string(++number) +
                  ", strftime('%Y-%m-%d %H:%M:%f', 'now', 'localtime', '-" + days_ago +
                  " days'), 'signal', '" + group + "')");
  };
  for (const char* days : {"9", "1", "2"}) add("2:up", days);
  for (const char* days : {"8", "9", "1"}) add("2:down", days);
  for (const char* days : {"9", "1"}) add("2:same", days);
  for (const char* days : {"1", "2", "3", "4"}) add("2:new", days);
  add("2:quiet", "30");
  std::string trends;
  const auto json = json_of(tool, {});
  for (const auto& group : json["groups"]) {
    trends += group["fingerprint"].get<std::string>().substr(2) + "=" +
              group["trend"].get<std::string>() + " ";
  }
  CHECK(trends == "new=new down=down up=up same=same quiet=quiet ");
}

TEST_CASE("dblog stats: an empty database, and one of the older project") {
  const ToolRun tool;
  std::ofstream(tool.database()).close();
  CHECK(json_of(tool, {})["events"] == 0);
  {
    SQLite::Database database{tool.database().string(), SQLite::OPEN_READWRITE};
    make_event_table(database, "old");
    add_event(database, "old", "x", "2020-01-01 10:00:00.000000");
    add_event(database, "old", "no date", "");
  }
  const auto json = json_of(tool, {});
  CHECK(json["events"] == 2);
  CHECK(json["days"][0]["day"].is_null());
  CHECK(tool({"stats"}).out.find("2020-01-01") != std::string::npos);
}
