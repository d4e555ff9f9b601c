#include <csignal>

#include <catch2/catch.hpp>

#include "dblog/version.hpp"
#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;

namespace {

void make_database_with_event(const std::filesystem::path& path, const std::string& message) {
  auto database = make_database(path);
  make_event_table(database, "e");
  add_event(database, "e", message, "2026-01-01");
}

std::string list_of(const std::string& message) {
  return "ID   DATE        KIND   WHAT\ne/1  2026-01-01  event  " + message + "\n";
}

}  // namespace

TEST_CASE("dblog: --version prints the library's version") {
  const ToolRun tool;
  const auto child = tool({"--version"});
  CHECK(child.out == std::string("dblog ") + dblog::version() + "\n");
  CHECK(child.exit_code() == 0);
}

TEST_CASE("dblog: --help works with and without a verb") {
  const ToolRun tool;
  for (const auto& [arguments, text] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--help"}, "Subcommands:"},
           {{"list", "--help"}, "--before ID"},
           {{"show", "--help"}, "--db PATH"}}) {
    const auto child = tool(arguments);
    CHECK(child.out.find(text) != std::string::npos);
    CHECK(child.err == "");
    CHECK(child.exit_code() == 0);
  }
}

TEST_CASE("dblog help: says what --help says") {
  const ToolRun tool;
  for (const auto& about : std::vector<std::vector<std::string>>{
           {}, {"list"}, {"outbox"}, {"outbox", "show"}, {"help"}}) {
    std::vector<std::string> verb{"help"}, option = about;
    verb.insert(verb.end(), about.begin(), about.end());
    option.emplace_back("--help");
    const auto child = tool(verb);
    CHECK(child.out == tool(option).out);
    CHECK(child.err == "");
    CHECK(child.exit_code() == 0);
  }
  const auto unknown = tool({"help", "outbox", "shwo"});
  CHECK(unknown.err.find("dblog: shwo: is no verb; did you mean 'show'? Verbs: list, ") == 0);
  CHECK(unknown.exit_code() == 2);
  CHECK(tool({"help", "list", "x"}).err == "dblog: x: dblog list has no verbs of its own\n");
}

TEST_CASE("dblog: --json may stand before the verb") {
  const ToolRun tool;
  make_database_with_event(tool.database(), "x");
  CHECK(tool({"--json", "list"}).out == tool({"list", "--json"}).out);
  CHECK(tool({"--json", "show", "e/1"}).out == tool({"show", "e/1", "--json"}).out);
  CHECK(tool({"--json", "outbox"}).out == "[]\n");
  CHECK(tool({"outbox", "--json", "list"}).out == "[]\n");
}

TEST_CASE("dblog: bad usage is one line on stderr and exit code 2") {
  const ToolRun tool;
  make_database(tool.database());
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"unknown"},
                                             {"show", "1", "2"},
                                             {"list", "--unknown"},
                                             {"list", "more"},
                                             {"list", "--limit"},
                                             {"list", "--limit", "0"},
                                             {"list", "--limit", "-1"},
                                             {"list", "--limit", "x"},
                                             {"list", "--limit", "99999999999999999999"},
                                             {"list", "--table", "e", "--crashes"},
                                             {"list", "--before", "x"},
                                             {"list", "--table", "e", "--group", "1:a"},
                                             {"list", "--group", ""},
                                             {"show", "1", "--color", "red"},
                                             {"groups", "--limit", "0"},
                                             {"groups", "--explain", "1:a", "--limit", "3"},
                                             {"list", "--db", ""},
                                             {"outbox", "--state", "dead"},
                                             {"outbox", "show"},
                                             {"help", "unknown"},
                                             {"list", "show"}}) {
    const auto child = tool(arguments);
    CHECK(child.out == "");
    CHECK(child.err.rfind("dblog: ", 0) == 0);
    CHECK(child.err.find('\n') == child.err.size() - 1);
    CHECK(child.exit_code() == 2);
  }
}

TEST_CASE("dblog: a mistake behind a verb points to the help of that verb") {
  const ToolRun tool;
  CHECK(tool({"group", "resolve"}).err ==
        "dblog: GROUP is required (see dblog help group resolve)\n");
  CHECK(tool({"outbox", "--unknown"}).err.ends_with("(see dblog help outbox)\n"));
  CHECK(tool({"--unknown"}).err.ends_with("(see dblog --help)\n"));
  CHECK(tool({"help", "group", "resolve"}).exit_code() == 0);
}

TEST_CASE("dblog show: without an ID it is the newest crash") {
  const ToolRun tool;
  auto database = make_database(tool.database());
  CHECK(tool({"show"}).err == "dblog: this database has no crashes\n");
  add_full_crash(database);
  const std::string page = tool({"show", "1"}).out;
  CHECK_THAT(page, Catch::StartsWith("Crash 1: "));
  CHECK(tool({"show"}).out == page);
  database.exec("INSERT INTO crashes (uuid, date, kind) VALUES ('b', '2020-01-01', 'terminate')");
  CHECK_THAT(tool({"show", "last"}).out, Catch::StartsWith("Crash 2: "));
  CHECK(tool({"symbolize", "last"}).exit_code() == 0);
}

TEST_CASE("dblog: a verb that there is not gets the one that was meant") {
  const ToolRun tool;
  CHECK(tool({"shwo", "1"}).err.find("dblog: shwo: is no verb; did you mean 'show'?") == 0);
  CHECK(tool({}).err.find("dblog: a verb is missing: list, follow, show") == 0);
  CHECK(tool({"--json"}).err.find("dblog: a verb is missing: list, follow, show") == 0);
  CHECK(tool({"group"}).err.find("dblog: a verb is missing: resolve, ") == 0);
  CHECK(tool({"group", "--json"}).err.find("verb is missing") == std::string::npos);
  CHECK(tool({"--unknown"}).err.find("verb is missing") == std::string::npos);
  CHECK(tool({"outbox", "dorp", "1"}).err.find("dblog: dorp: is no verb; did you mean 'drop'?") ==
        0);
}

TEST_CASE("dblog show: colours only where they are asked for") {
  ToolRun tool;
  make_database_with_event(tool.database(), "x");
  tool.options.environment = {"TERM=xterm", "NO_COLOR"};
  CHECK(tool({"show", "e/1"}).out.find('\x1b') == std::string::npos);
  CHECK(tool({"show", "e/1", "--color", "always"}).out.find("\x1b[1mEvent e/1: x\x1b[0m") == 0);
  CHECK(tool({"show", "e/1", "--color", "never"}).out.find('\x1b') == std::string::npos);
}

TEST_CASE("dblog: the database is --db, else $DBLOG_DB, else ./LOGS.db") {
  ToolRun tool;
  make_database_with_event(tool.directory / "option.db", "option");
  make_database_with_event(tool.directory / "environment.db", "environment");
  make_database_with_event(tool.database(), "default");
  CHECK(tool({"list"}).out == list_of("default"));
  tool.options.environment = {"DBLOG_DB="};
  CHECK(tool({"list"}).out == list_of("default"));
  tool.options.environment = {"DBLOG_DB=environment.db"};
  CHECK(tool({"list"}).out == list_of("environment"));
  CHECK(tool({"list", "--db", "option.db"}).out == list_of("option"));
  CHECK(tool({"--db", "option.db", "list"}).out == list_of("option"));
  CHECK(tool({"--db=option.db", "show", "e/1", "--json"}).exit_code() == 0);
}

TEST_CASE("dblog: output that cannot be written is an error") {
  ToolRun tool;
  make_database_with_event(tool.database(), "x");
  tool.options.standard_output = ChildStdout::full;
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"list"}, {"show", "e/1"}, {"list", "--json"}, {"--help"}, {"--version"}}) {
    const auto child = tool(arguments);
    CHECK(child.err == "dblog: standard output: No space left on device\n");
    CHECK(child.exit_code() == 1);
  }
  tool.options.standard_output = ChildStdout::closed;
  const auto child = tool({"list"});
  CHECK(child.err == "dblog: standard output: Bad file descriptor\n");
  CHECK(child.exit_code() == 1);
}

TEST_CASE("dblog: dies of SIGPIPE when its output has no reader") {
  ToolRun tool;
  make_database_with_event(tool.database(), "x");
  tool.options.standard_output = ChildStdout::broken_pipe;
  const auto child = tool({"list"});
  CHECK(child.signal() == SIGPIPE);
  CHECK(child.err == "");
}
