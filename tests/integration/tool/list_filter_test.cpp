// Which crashes and events `dblog list` has, by option.
#include <catch2/catch.hpp>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

namespace {

void fill(SQLite::Database& database) {
  add_full_crash(database);
  make_event_table(database, "e");
  make_event_table(database, "audit");
  add_event(database, "e", "Refused by the bank", "2026-01-30 08:00:00.000000");
  add_event(database, "e", "plain", "2026-02-01 08:00:00.000000");
  add_event(database, "audit", "100% of 5_0", "2026-02-02 08:00:00.000000");
  add_event_facts(database, "e", 1);
  database.exec(R"sql(
INSERT INTO dblog_processes (id, uuid, release, environment) VALUES (7, 'p7', '1.2.3', 'prod'),
  (8, 'p8', '2.0', 'staging');
UPDATE crashes SET process_id = 7;
INSERT INTO event_stacks (source_table, source_id, process_id) VALUES ('e', 1, 7);
INSERT INTO dblog_event_runs VALUES ('e', 1, 1, 8, 0), ('e', 2, 2, 8, 0);
INSERT INTO crashes (uuid, date, kind, killed_by, process_id) VALUES
  ('k', '2026-02-03 00:00:00.000000', 'killed', 9, 8);
INSERT INTO crashes (uuid, date, kind, exception_type, msg, release) VALUES
  ('x', '2026-02-04 00:00:00.000000', 'exception', 'bank::Error', NULL, '2.0'))sql");
}

/// The IDs of the list that these options give, in its order, with commas.
std::string listed(const ToolRun& tool, std::vector<std::string> options) {
  options.insert(options.begin(), "list");
  const auto child = tool(options);
  INFO(child.err);
  CHECK(child.exit_code() == 0);
  std::string ids;
  for (std::size_t at = child.out.find('\n') + 1; at < child.out.size();
       at = child.out.find('\n', at) + 1) {
    ids += (ids.empty() ? "" : " ") + child.out.substr(at, child.out.find(' ', at) - at);
  }
  return ids;
}

}  // namespace

TEST_CASE("dblog list: filters") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    fill(database);
  }
  CHECK(listed(tool, {}) == "3 2 audit/1 e/2 1 e/1");

  CHECK(listed(tool, {"--since", "2026-02-01"}) == "3 2 audit/1 e/2");
  CHECK(listed(tool, {"--until", "2026-02-01T08:00"}) == "1 e/1");
  CHECK(listed(tool, {"--since", "2026-02-01 08:00:00", "--until", "2026-02-01 08:00:01"}) ==
        "e/2");
  CHECK(listed(tool, {"--since", "1s"}) == "");

  CHECK(listed(tool, {"--kind", "signal"}) == "1");
  CHECK(listed(tool, {"--kind", "event"}) == "audit/1 e/2 e/1");
  for (const char* signal : {"SIGSEGV", "segv", "11"}) {
    CHECK(listed(tool, {"--signal", signal}) == "1");
  }
  CHECK(listed(tool, {"--signal", "KILL"}) == "2");

  CHECK(listed(tool, {"--severity", "warning"}) == "3 2 audit/1 e/2 1 e/1");
  CHECK(listed(tool, {"--severity", "error"}) == "3 2 audit/1 e/2 1");
  CHECK(listed(tool, {"--severity", "critical"}) == "3 2 1");

  CHECK(listed(tool, {"--release", "1.2.3"}) == "1 e/1");
  CHECK(listed(tool, {"--release", "2.0"}) == "3 2 e/2");
  CHECK(listed(tool, {"--environment", "staging"}) == "2 e/2");

  CHECK(listed(tool, {"--text", "BANK"}) == "3 e/1");
  CHECK(listed(tool, {"--text", "0% of 5_"}) == "audit/1");
  CHECK(listed(tool, {"--text", "%"}) == "audit/1");
  CHECK(listed(tool, {"--text", "'"}) == "");

  CHECK(listed(tool, {"--field", "order=4711"}) == "e/1");
  CHECK(listed(tool, {"--field", "request=12"}) == "1");
  CHECK(listed(tool, {"--field", "retry=true"}) == "1");
  CHECK(listed(tool, {"--field", "took=0.25", "--field", "is_new=true"}) == "e/1");
  CHECK(listed(tool, {"--field", "took=0.25", "--field", "is_new=false"}) == "");
  CHECK(listed(tool, {"--tag", "retry"}) == "e/1");
  CHECK(listed(tool, {"--tag", "retry", "--tag", "other"}) == "");

  CHECK(listed(tool, {"--release", "2.0", "--kind", "killed"}) == "2");
  CHECK(listed(tool, {"--table", "e", "--environment", "prod"}) == "e/1");
  CHECK(listed(tool, {"--group", "1:feed", "--since", "2026-01-31"}) == "1");
  CHECK(listed(tool, {"--crashes", "--before", "3", "--release", "2.0"}) == "2");
  CHECK(listed(tool, {"--table", "hw_logs", "--text", "APP"}) == "hw_logs/5");
  CHECK(listed(tool, {"--table", "hw_logs", "--release", "1.2.3"}) == "");
}

TEST_CASE("dblog list: filters hold for a table of events of any name") {
  for (const std::string name : {"p", "P", "process", "dblog_p", "last", "n"}) {
    INFO(name);
    const ToolRun tool;
    {
      auto database = make_database(tool.database());
      make_event_table(database, name);
      add_event(database, name, "one", "2026-01-30 08:00:00.000000");
      add_event(database, name, "two", "2026-01-30 08:00:01.000000");
      add_event_facts(database, name, 1);
      database.exec(
          "INSERT INTO dblog_processes (id, uuid, release, environment) VALUES "
          "(7, 'p7', '2.0', 'prod'); INSERT INTO dblog_event_runs VALUES ('" +
          name + "', 1, 2, 7, 0)");
    }
    CHECK(listed(tool, {"--release", "2.0"}) == name + "/2 " + name + "/1");
    CHECK(listed(tool, {"--environment", "prod"}) == name + "/2 " + name + "/1");
    CHECK(listed(tool, {"--field", "order=4711", "--tag", "retry"}) == name + "/1");
    CHECK(listed(tool, {"--severity", "error"}) == name + "/2");
  }
}

TEST_CASE("dblog list: filters hold for every page, and find what lies behind the newest") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    database.exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) "
        "INSERT INTO e (msg, date) SELECT CASE i % 10000 WHEN 1 THEN 'rare' ELSE 'usual' END, "
        "strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', i || ' seconds') FROM n");
  }
  CHECK(listed(tool, {"--text", "rare", "--limit", "2"}) == "e/20001 e/10001");
  CHECK(listed(tool, {"--text", "rare", "--before", "e/10001"}) == "e/1");
}

TEST_CASE("dblog list: filters of a database that an older build left find what it knows") {
  const ToolRun tool;
  {
    SQLite::Database database{tool.database().string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    make_event_table(database, "e");
    add_event(database, "e", "old", "2020-01-01 00:00:00.000000");
  }
  CHECK(listed(tool, {"--severity", "error", "--text", "ol"}) == "e/1");
  for (const char* option : {"--release", "--environment", "--tag"}) {
    CHECK(listed(tool, {option, "x"}) == "");
  }
  CHECK(listed(tool, {"--field", "x=1"}) == "");
  CHECK(listed(tool, {"--signal", "6"}) == "");
}

TEST_CASE("dblog list --csv: a line for each, with who wrote it") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    fill(database);
    database.exec("UPDATE dblog_processes SET executable = '/usr/bin/bank', host = 'web2'");
    add_event(database, "e", "=HYPERLINK(\"a\", 1)", "2026-02-05 08:00:00.000000");
  }
  CHECK(
      tool({"list", "--csv", "--text", "a"}).out ==
      "id,date,kind,severity,what,executable,release,environment,host\n"
      "e/3,2026-02-05 08:00:00.000000,event,error,\"'=HYPERLINK(\"\"a\"\", 1)\",,,,\n"
      "3,2026-02-04 00:00:00.000000,exception,,bank::Error,,2.0,,\n"
      "e/2,2026-02-01 08:00:00.000000,event,error,plain,/usr/bin/bank,2.0,staging,web2\n"
      "1,2026-01-31 12:00:00.000001,signal,,\"SIGSEGV in divide, app: write to address 0x0, where "
      "nothing is mapped (SEGV_MAPERR)\",/usr/bin/bank,1.2.3,prod,web2\n"
      "e/1,2026-01-30 08:00:00.000000,event,warning,[warning] Refused by the bank  order=4711 "
      "bank=DE-12 took=0.25 is_new=true #payment #retry,/usr/bin/bank,1.2.3,prod,web2\n");
  CHECK(tool({"list", "--csv", "--json"}).exit_code() == 2);
}

TEST_CASE("dblog list: what is no filter is a usage error that says what is") {
  const ToolRun tool;
  make_database(tool.database());
  const auto refusal = [&](const char* option, const char* value) {
    const auto child = tool({"list", option, value});
    CHECK(child.exit_code() == 2);
    CHECK(child.out == "");
    return child.err;
  };
  using Catch::Contains;
  CHECK_THAT(refusal("--since", "yesterday"), Contains("yesterday is no time such as"));
  CHECK_THAT(refusal("--until", "2026-02-31"), Contains("2026-02-31 is no time such as"));
  CHECK_THAT(refusal("--kind", "crash"), Contains("crash is not one of signal, exception, "));
  CHECK_THAT(refusal("--signal", "SIGFOO"), Contains("SIGFOO is no signal"));
  CHECK_THAT(refusal("--signal", "0"), Contains("0 is no signal"));
  CHECK_THAT(refusal("--severity", "fatal"), Contains("not one of info, warning, error, critical"));
  CHECK_THAT(refusal("--field", "order"), Contains("order is not NAME=VALUE"));
  CHECK_THAT(refusal("--tag", ""), Contains("it is empty"));
}
