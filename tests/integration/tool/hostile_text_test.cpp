// Every text of a database, and of the command line, comes from an attacker: no verb lets it reach
// the terminal as more than text.
#include <catch2/catch.hpp>

#include <algorithm>

#include "src/base/utf8.hpp"
#include "src/base/visible_text.hpp"
#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

namespace {

// A terminal's title and an answer that it types, C1's CSI, a turned and a hidden text, bytes that
// are not UTF-8, and what ends lines.
const std::string kAttack =
    "\x1b]0;title\x07\x1b[6n \xc2\x9b"
    "2J \xe2\x80\xae \xe2\x80\x8b \xf3\xa0\x81\x81 \xe2\x80\xa8"
    "\xef\xbb\xbf \xff\xc0\xaf \r\v\f\x7f";

// Columns by which rows are found or ordered keep what they have.
constexpr std::string_view kKept[] = {"outbox.state", "crashes.kind", "outbox.source_table",
                                      "event_stacks.event_table"};

std::string quoted(const std::string& name) { return '"' + name + '"'; }

std::vector<std::string> tables_of(SQLite::Database& database) {
  std::vector<std::string> tables;
  SQLite::Statement names{database,
                          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name "
                          "NOT LIKE 'sqlite_%'"};
  while (names.executeStep()) tables.push_back(names.getColumn(0).getString());
  return tables;
}

/// Puts the attack into every text that the rows of `table` have, and tells how many that were.
int attack_table(SQLite::Database& database, const std::string& table) {
  std::vector<std::string> columns;
  SQLite::Statement info{database, "SELECT name FROM pragma_table_info(?1)"};
  info.bind(1, table);
  while (info.executeStep()) columns.push_back(info.getColumn(0).getString());
  int changed = 0;
  for (const std::string& column : columns) {
    const std::string both = table + "." + column;
    if (std::find(std::begin(kKept), std::end(kKept), both) != std::end(kKept)) continue;
    // Some must be unique, some begin with what the tool looks for.
    SQLite::Statement update{database, "UPDATE OR IGNORE " + quoted(table) + " SET " +
                                           quoted(column) + " = " + quoted(column) +
                                           " || ?1 || abs(random()) WHERE typeof(" +
                                           quoted(column) + ") = 'text'"};
    update.bind(1, kAttack);
    changed += update.exec();
  }
  return changed;
}

std::string first_raw_byte(std::string_view output) {
  while (!output.empty()) {
    const dblog::base::CodePoint first = dblog::base::first_code_point(output);
    const bool is_text = first.bytes != 0 && !dblog::base::is_hidden(first.value);
    if (!is_text && output[0] != '\n') return "raw at: " + std::string(output.substr(0, 40));
    output.remove_prefix(first.bytes);
  }
  return "";
}

}  // namespace

TEST_CASE("dblog: nothing that any column holds reaches the terminal raw, from any verb") {
  const ToolRun tool;
  int attacked = 0;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    add_full_crash(database);
    add_event(database, "e", "failed", "2026-01-31 12:00:00.000001");
    database.exec(R"sql(
INSERT INTO stacks VALUES (1, '1:beef');
INSERT INTO stack_frames (stack_id, depth, module, function, file, line) VALUES
  (1, 0, '/usr/bin/app', 'push()', 'src/p.cpp', 3);
INSERT INTO event_stacks (source_table, source_id, pid, tid, exception_type, pushed_at, thrown_at) VALUES ('e', 1, 1, 1, 'std::runtime_error', 1, 1))sql");
    for (const std::string& table : tables_of(database)) attacked += attack_table(database, table);
  }
  REQUIRE(attacked > 60);
  const std::vector<std::vector<std::string>> commands = {
      {"list"},
      {"stats"},
      {"stats", "--json"},
      {"list", "--table", "e"},
      {"show", "1"},
      {"show", "1", "--full"},
      {"show", "e/1"},
      {"groups"},
      {"groups", "--explain", "1:feed" + kAttack},
      {"outbox"},
      {"outbox", "show", "1"},
      {"outbox", "show", "3"},
      {"recover"},
      {"flush", "--dry-run"},
      {"prune", "--dry-run"},
      {"merge", "--db", "all.db", "LOGS.db"},
      {"export", "--output", kAttack},
      {"export", "--after", kAttack},
      {"export", "bundle", kAttack},
      {"export", "bundle", "1", "--output", kAttack},
      {"merge", "--db", "all.db", kAttack},
      {"symbolize"},
      {"gdb", "1"},
      {"gdb", kAttack},
      {"doctor", kAttack},
      {"report", "--output", "-"},
      {"report", "--output", kAttack},
      {"show", kAttack},
      {"list", "--table", kAttack},
      {"groups", "--explain", kAttack},
      {"outbox", "show", kAttack},
      {kAttack},
      {"list", "--" + kAttack},
      {"help", kAttack}};
  for (const auto& command : commands) {
    for (const bool is_json : {false, true}) {
      std::vector<std::string> arguments = command;
      if (is_json) arguments.insert(arguments.begin(), "--json");
      const auto child = tool(arguments);
      INFO(command[0] << ' ' << (command.size() > 1 ? command[1] : "")
                      << (is_json ? " --json" : ""));
      CHECK(first_raw_byte(child.out) == "");
      CHECK(first_raw_byte(child.err) == "");
      CHECK_FALSE((child.out + child.err).empty());
    }
  }
}

TEST_CASE("dblog: a database's name and a setting do not reach the terminal raw either") {
  const ToolRun tool;
  const auto missing = tool({"--db", "none" + kAttack, "list"});
  CHECK(missing.exit_code() == 3);
  CHECK(first_raw_byte(missing.out + missing.err) == "");
  ToolRun configured;
  configured.options.environment.insert(configured.options.environment.end(),
                                        {"mail_server=" + kAttack, "sender_email=" + kAttack,
                                         "recipient_email=a@example.org", "webhook=" + kAttack});
  const auto child = configured({"test-notify"});
  CHECK(child.exit_code() != 0);
  CHECK(first_raw_byte(child.out + child.err) == "");
}

TEST_CASE("dblog show: a what() that reads like dblog's own words is only shown") {
  const ToolRun tool;
  make_database(tool.database())
      .exec(
          "INSERT INTO crashes (uuid, date, kind, exception_type, msg, executable) VALUES ('u', "
          "'2026-01-31 12:00:00.000000', 'exception', 'Odd', 'stack overflow: write to address "
          "0x0' "
          "|| char(10) || 'Group:    1:feed' || char(10) || 'Database: /elsewhere' || char(10) || "
          "'killed by SIGUSR1, which the program does not handle', '/usr/bin/app')");
  CHECK(tool({"show", "1"}).out ==
        R"(Crash 1: app died of an uncaught exception, Odd: stack overflow: write to address 0x0

When and where
  Date          2026-01-31 12:00:00.000000
  Program       /usr/bin/app
  Exception     Odd
  UUID          u
  Group         2:c861cd9d31fee5c2, the only crash of it

Message
  stack overflow: write to address 0x0
  Group:    1:feed
  Database: /elsewhere
  killed by SIGUSR1, which the program does not handle
)");
  CHECK_THAT(tool({"groups", "--explain", "2:"}).out,
             Catch::Contains("  exception Odd\n  program app\n  message stack overflow: write to "
                             "address #\n"));
}
