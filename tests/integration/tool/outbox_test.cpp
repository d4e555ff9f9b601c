// dblog flush and dblog outbox as a person or a script runs them; no settings, so nothing is sent.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"
#include "tests/support/file_bytes.hpp"

using dblog::test::ToolRun;

namespace {

void add_message(SQLite::Database& database, int id, const std::string& state) {
  SQLite::Statement row(database,
                        "INSERT INTO outbox (id, uuid, channel, subject, body, state, created) "
                        "VALUES (?1, 'u' || ?1, 'slack', 'disk full', 'the body', ?2, "
                        "'2026-01-31 12:00:00.000000')");
  row.bind(1, id);
  row.bind(2, state);
  row.exec();
}

}  // namespace

TEST_CASE("dblog flush: with nothing to send it is done") {
  const ToolRun run;
  dblog::test::make_database(run.database());
  const auto child = run({"flush"});
  CHECK(child.exit_code() == 0);
  CHECK(child.out == "sent 0 messages for 0 alerts; 0 failed, 0 dead, 0 alerts waiting\n");
  CHECK(child.err.empty());
}

TEST_CASE("dblog flush: a row without settings waits, and that is status 1") {
  const ToolRun run;
  {
    auto database = dblog::test::make_database(run.database());
    add_message(database, 1, "pending");
  }
  const auto child = run({"flush"});
  CHECK(child.exit_code() == 1);
  CHECK_THAT(child.out, Catch::Contains("1 alert waiting (for settings)"));
  CHECK_THAT(run({"outbox", "list", "--json"}).out, Catch::Contains("\"pending\""));
}

TEST_CASE("dblog flush: no database, and none is made") {
  const ToolRun run;
  const auto child = run({"flush"});
  CHECK(child.exit_code() == 3);
  CHECK(child.err == "dblog: LOGS.db: no such file; --db names another one\n");
  CHECK_FALSE(std::filesystem::exists(run.database()));
}

TEST_CASE("dblog flush: a file that is no database stays as it is") {
  const ToolRun run;
  const std::string text(5'000, 'x');
  run.directory.write("LOGS.db", text);
  CHECK(run({"flush"}).exit_code() == 3);
  CHECK(dblog::test::bytes_of(run.database()) == text);
}

TEST_CASE("dblog flush: options that make no sense are status 2") {
  const ToolRun run;
  CHECK(run({"flush", "--nonsense"}).exit_code() == 2);
  CHECK(run({"flush", "--dry-run", "--watch"}).exit_code() == 2);
  CHECK(run({"flush", "--max-tries", "0"}).exit_code() == 2);
  CHECK(run({"outbox", "drop"}).exit_code() == 2);
}

TEST_CASE("dblog outbox: alone it is the list") {
  const ToolRun run;
  {
    auto database = dblog::test::make_database(run.database());
    add_message(database, 1, "pending");
  }
  CHECK(run({"outbox"}).out == run({"outbox", "list"}).out);
  CHECK(run({"outbox", "--json"}).out == run({"outbox", "list", "--json"}).out);
  CHECK(run({"outbox", "show", "1"}).out != run({"outbox", "list"}).out);
}

TEST_CASE("dblog outbox list: newest first, by state") {
  const ToolRun run;
  {
    auto database = dblog::test::make_database(run.database());
    add_message(database, 1, "sent");
    add_message(database, 2, "dead");
    add_message(database, 3, "dead");
  }
  const auto child = run({"outbox", "list", "--state", "dead", "--json"});
  CHECK(child.exit_code() == 0);
  const auto json = nlohmann::json::parse(child.out);
  REQUIRE(json.size() == 2);
  CHECK(json[0]["id"] == 3);
  CHECK(json[0]["stands_for"] == 1);
  CHECK(json[0].count("body") == 0);
  CHECK_THAT(run({"outbox", "list"}).out, Catch::StartsWith("ID  CREATED"));
}

TEST_CASE("dblog outbox list: a database of the older layout has no messages") {
  const ToolRun run;
  {
    SQLite::Database database(run.database().string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("CREATE TABLE error_table (id INTEGER PRIMARY KEY, msg VARCHAR, date DATETIME)");
  }
  const auto child = run({"outbox", "list", "--json"});
  CHECK(child.exit_code() == 0);
  CHECK(nlohmann::json::parse(child.out).empty());
}

TEST_CASE("dblog outbox show: one message with its body") {
  const ToolRun run;
  {
    auto database = dblog::test::make_database(run.database());
    add_message(database, 7, "sent");
  }
  CHECK_THAT(run({"outbox", "show", "7"}).out,
             Catch::Contains("Message 7: disk full\n") && Catch::Contains("  the body\n"));
  CHECK(nlohmann::json::parse(run({"outbox", "show", "7", "--json"}).out)["body"] == "the body");
  CHECK(run({"outbox", "show", "8"}).exit_code() == 1);
}

TEST_CASE("dblog outbox replay: a dead message is pending again, an unknown one is named") {
  const ToolRun run;
  {
    auto database = dblog::test::make_database(run.database());
    add_message(database, 7, "dead");
  }
  const auto child = run({"outbox", "replay", "7", "8"});
  CHECK(child.exit_code() == 1);
  CHECK(child.out == "replayed message: 7\n");
  CHECK(child.err == "dblog: no such message: 8\n");
  CHECK_THAT(run({"outbox", "show", "7", "--json"}).out, Catch::Contains("\"pending\""));
}

TEST_CASE("dblog outbox drop: the message is gone") {
  const ToolRun run;
  {
    auto database = dblog::test::make_database(run.database());
    add_message(database, 7, "dead");
  }
  CHECK(run({"outbox", "drop", "7"}).out == "dropped message: 7\n");
  CHECK(run({"outbox", "show", "7"}).exit_code() == 1);
}

TEST_CASE("dblog outbox show: the text that was sent, also of a message that it was counted in") {
  const ToolRun run;
  {
    auto database = dblog::test::make_database(run.database());
    add_message(database, 7, "sent");
    add_message(database, 8, "sent");
    database.exec(
        "INSERT INTO outbox_folds VALUES (8, 7);"
        "INSERT INTO outbox_digests VALUES (7, '2 times: disk full', 'two of them', 2, 1)");
  }
  CHECK_THAT(run({"outbox", "show", "7"}).out,
             Catch::Contains("Message\n  2 times: disk full\n  \n  two of them\n"));
  CHECK_THAT(run({"outbox", "show", "8"}).out,
             Catch::Contains("Message that it is counted in\n  2 times: disk full\n") &&
                 Catch::Contains("Alert, as it was recorded\n  the body\n"));
  CHECK(nlohmann::json::parse(run({"outbox", "show", "8", "--json"}).out)["message_body"] ==
        "two of them");
}
