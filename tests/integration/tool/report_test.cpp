// The file of `dblog report`. What a browser makes of it: tests/integration/report/report_test.py.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/integration/tool/tool_run.hpp"

using namespace dblog::test;
using nlohmann::ordered_json;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// The JSON of the page's element with that id.
ordered_json data_of(const std::string& page, const std::string& id) {
  const std::string begin = "<script type=\"application/json\" id=\"" + id + "\">";
  const std::size_t at = page.find(begin);
  REQUIRE(at != std::string::npos);
  const std::size_t end = page.find("</script>", at);
  return ordered_json::parse(page.substr(at + begin.size(), end - at - begin.size()));
}

void fill(const ToolRun& tool) {
  auto database = make_database(tool.database());
  make_event_table(database, "error_table");
  for (int i = 1; i <= 5; ++i) {
    add_event(database, "error_table", "failed " + std::to_string(i),
              "2026-02-0" + std::to_string(i) + " 12:00:00.000001");
  }
  add_event_facts(database, "error_table", 1);
  add_full_crash(database);
}

}  // namespace

TEST_CASE("dblog report: writes LOGS.html for its user alone, and says what it holds") {
  const ToolRun tool;
  fill(tool);
  const auto child = tool({"report"});
  CHECK(child.exit_code() == 0);
  CHECK(child.err == "");
  CHECK(child.out.rfind("LOGS.html: 5 events and 1 crash, all; ", 0) == 0);
  struct stat status {};
  REQUIRE(::stat((tool.directory / "LOGS.html").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto data = data_of(text_of(tool.directory / "LOGS.html"), "data");
  REQUIRE(data["events"].size() == 6);
  CHECK(data["events"][0][9] == "failed 5");
  CHECK(data["events"][5][11] == "c0ffee");
  CHECK(data["groups"]["groups"][0]["fingerprint"] == "1:feed");
  CHECK(data["outbox"].size() == 3);
}

TEST_CASE("dblog report: a crash in the page is what dblog show --json says of it") {
  const ToolRun tool;
  fill(tool);
  const auto shown = ordered_json::parse(tool({"show", "1", "--json"}).out);
  const std::string page = tool({"report", "--output", "-"}).out;
  const auto event = data_of(page, "data")["events"][5];
  const auto details = data_of(page, "details-" + std::to_string(event[12].get<int>()));
  CHECK(details["details"] == shown);
  const auto& around = details["around"];
  CHECK(around["pid"] == 4711);
  REQUIRE(around["rows"].size() == 1);
  CHECK(around["rows"][0]["memory"] == "25010176");
  CHECK(around["rows"][0]["load_1"] == 0.5);
}

// Expected: 2^53 is the first whole number whose neighbour JavaScript cannot tell from it.
TEST_CASE("dblog report: no number is one that JavaScript rounds") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "error_table");
    add_full_crash(database);
    database.exec(R"sql(
INSERT INTO crash_fields VALUES (1, 3, 'order', 'integer', 9007199254740993),
  (1, 4, 'low', 'integer', -9223372036854775808), (1, 5, 'most', 'integer', 9007199254740991);
UPDATE hw_details SET memory_total = 9007199254740993;
INSERT INTO error_table VALUES (9007199254740993, 'far', '2026-02-01 12:00:00.000001'))sql");
  }
  const std::string page = tool({"report", "--output", "-"}).out;
  const auto data = data_of(page, "data");
  CHECK(data["events"][0][3] == "9007199254740993");
  CHECK(data["events"][1][3] == "1");
  const auto details = data_of(page, "details-0")["details"];
  CHECK(details["context"][2]["value"] == "9007199254740993");
  CHECK(details["context"][3]["value"] == "-9223372036854775808");
  CHECK(details["context"][4]["value"] == 9007199254740991);
  CHECK(details["hardware"]["details"]["memory_total"] == "9007199254740993");
  CHECK(data_of(page, "details-0")["around"]["rows"][0]["memory_total"] == "9007199254740993");
  CHECK(data_of(page, "details-1")["details"]["id"] == "9007199254740993");
  const auto shown = ordered_json::parse(tool({"show", "1", "--json"}).out);
  CHECK(shown["context"][2]["value"] == 9007199254740993);
}

TEST_CASE("dblog report: keeps a file that is there, and replaces it with --force") {
  const ToolRun tool;
  fill(tool);
  std::ofstream{tool.directory / "LOGS.html"} << "mine";
  const auto refused = tool({"report"});
  CHECK(refused.exit_code() == 2);
  CHECK(refused.err ==
        "dblog: LOGS.html: it exists; --force replaces it, --output takes another name\n");
  CHECK(text_of(tool.directory / "LOGS.html") == "mine");
  CHECK(tool({"report", "--force"}).exit_code() == 0);
  CHECK(text_of(tool.directory / "LOGS.html").size() > 1'000);
  CHECK(tool({"report", "--output", "other.html"}).exit_code() == 0);
  CHECK(std::distance(std::filesystem::directory_iterator{tool.directory.path()}, {}) == 3);
}

TEST_CASE(
    "dblog report: replaces no link, no directory and not the database, not even with --force") {
  const ToolRun tool;
  fill(tool);
  std::filesystem::create_symlink("/dev/null", tool.directory / "LOGS.html");
  const auto refused = tool({"report", "--force"});
  CHECK(refused.exit_code() == 2);
  CHECK(refused.err ==
        "dblog: LOGS.html: it exists and is no regular file; --output takes another name\n");
  CHECK(tool({"report", "--force", "--output", "."}).exit_code() == 2);
  CHECK(tool({"report", "--force", "--output", "LOGS.db"}).err ==
        "dblog: LOGS.db: this is the database; --output takes another name\n");
  CHECK(tool({"list"}).exit_code() == 0);
  CHECK(std::filesystem::is_symlink(tool.directory / "LOGS.html"));
}

TEST_CASE("dblog report: replaces nothing that SQLite has beside the database") {
  const ToolRun tool;
  fill(tool);
  std::filesystem::create_symlink("LOGS.db", tool.directory / "link.db");
  std::filesystem::create_directory(tool.directory / "other");
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    const std::string name = std::string{"LOGS.db"} + suffix;
    for (const std::string& output : {name, "./other/../" + name}) {
      for (const char* database : {"LOGS.db", "link.db", "./other/../LOGS.db"}) {
        CHECK(tool({"--db", database, "report", "--force", "--output", output}).err ==
              "dblog: " + output + ": this is the database; --output takes another name\n");
      }
    }
    CHECK(tool({"report", "--output", "other/" + name}).exit_code() == 0);
  }
  CHECK(tool({"report", "--output", "LOGS.db.html"}).exit_code() == 0);
}

TEST_CASE("dblog report: --json tells of a file, and standard output is none") {
  const ToolRun tool;
  fill(tool);
  const auto child = tool({"report", "--json", "--output", "-"});
  CHECK(child.exit_code() == 2);
  CHECK(child.out == "");
  CHECK(child.err ==
        "dblog: --json says which file was written; --output - prints the page instead\n");
}

TEST_CASE("dblog report: every row once, however many there are of however many tables") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    for (const char* name : {"one", "two", "small"}) make_event_table(database, name);
    const std::string counted =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 21000) INSERT INTO ";
    const std::string rows =
        " (msg, date) SELECT 'x', strftime('%Y-%m-%d %H:%M:%f000', "
        "'2026-01-01', i || ' seconds') FROM n";
    database.exec(counted + "one" + rows);
    database.exec(counted + "two" + rows);
    database.exec(counted + "small" + rows + " WHERE i % 10 = 0");
  }
  const auto data = data_of(tool({"report", "--output", "-"}).out, "data");
  CHECK(data["holds"] == "44100 events and 0 crashes, all");
  std::set<std::string> rows;
  for (const auto& event : data["events"]) {
    rows.insert(data["names"][event[2].get<std::size_t>()].get<std::string>() + '/' +
                event[3].get<std::string>());
  }
  CHECK(rows.size() == 44'100);
}

TEST_CASE("dblog report: long rows are shortened, and fewer, so that a browser can open the page") {
  const ToolRun tool;
  {
    auto database = make_database(tool.database());
    make_event_table(database, "e");
    database.exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        "INSERT INTO e (msg, date) SELECT printf('%.*c', 3000, 'x'), "
        "strftime('%Y-%m-%d %H:%M:%f000', '2026-02-01', i || ' seconds') FROM n");
    add_full_crash(database);
  }
  const auto child = tool({"report"});
  CHECK(child.exit_code() == 0);
  const std::string page = text_of(tool.directory / "LOGS.html");
  CHECK(page.size() < 40'000'000);
  const auto data = data_of(page, "data");
  const std::size_t held = data["events"].size();
  CHECK(held > 10'000);
  CHECK(held < 17'000);
  CHECK(data["holds"] == std::to_string(held - 1) + " events and 1 crash (" +
                             std::to_string(20'001 - held) + " older ones are left out)");
  CHECK(data["events"][held - 1][11] == "c0ffee");
  CHECK(data["events"][0][9] == std::string(2'000, 'x') + "… 1000 more bytes");
}

TEST_CASE("dblog report: says that there are more groups, releases and messages than it has") {
  const ToolRun tool;
  fill(tool);
  const auto more = [&] {
    return data_of(tool({"report", "--output", "-"}).out, "data")["more"].dump();
  };
  CHECK(more() == R"({"groups":false,"releases":false,"outbox":false})");
  {
    SQLite::Database database{tool.database().string(), SQLite::OPEN_READWRITE};
    database.exec(R"sql(
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
  INSERT INTO crashes (uuid, date, kind, fingerprint)
  SELECT 'u' || i, '2026-03-01 00:00:00.000000', 'signal', '1:' || i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
  INSERT INTO dblog_processes (id, uuid, release) SELECT i, 'p' || i, 'r' || i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
  INSERT INTO outbox (uuid, channel, subject, body, created)
  SELECT 'm' || i, 'test', 's', 'b', '2026-03-01 00:00:00.000000' FROM n)sql");
  }
  CHECK(more() == R"({"groups":true,"releases":true,"outbox":true})");
}

TEST_CASE("dblog report: a file that cannot be written is an error that names it") {
  const ToolRun tool;
  fill(tool);
  const auto child = tool({"report", "--output", "missing/report.html"});
  CHECK(child.exit_code() == 1);
  CHECK(child.err == "dblog: missing/report.html: No such file or directory\n");
  CHECK(child.out == "");
}

TEST_CASE("dblog report: says what the limit leaves out, and holds the crashes all the same") {
  const ToolRun tool;
  fill(tool);
  const auto child = tool({"report", "--limit", "2", "--json"});
  const auto said = ordered_json::parse(child.out);
  CHECK(said["file"] == "LOGS.html");
  CHECK(said["held"] == 3);
  CHECK(said["in_database"] == 6);
  CHECK(said["crashes_whole"] == 1);
  const auto data = data_of(text_of(tool.directory / "LOGS.html"), "data");
  CHECK(data["holds"] == "2 events and 1 crash (3 older ones are left out)");
}

TEST_CASE("dblog report: no text of the database is anything but data in the page") {
  const ToolRun tool;
  const std::string attack = "</script><script>alert(1)</script><!--<script>{{data}}";
  {
    auto database = make_database(tool.database());
    make_event_table(database, attack);
    add_event(database, attack, attack, attack);
    add_full_crash(database);
    SQLite::Statement crash{database, "UPDATE crashes SET msg = ?1, release = ?1, uuid = ?1"};
    crash.bind(1, attack);
    crash.exec();
  }
  const std::string page = tool({"report", "--output", "-"}).out;
  CHECK(page.find("alert(1)</script>") == std::string::npos);
  CHECK(page.find("\\u003c/script>\\u003cscript>alert(1)") != std::string::npos);
  CHECK(page.find("default-src 'none'; script-src 'nonce-") != std::string::npos);
  const auto data = data_of(page, "data");
  REQUIRE(data["events"].size() == 2);
  CHECK(data["events"][0][9] == attack);
}

TEST_CASE("dblog report: a database of the older project, without any of our tables") {
  const ToolRun tool;
  {
    SQLite::Database database{tool.database().string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    make_event_table(database, "error_table");
    add_event(database, "error_table", "old", "2020-02-01 12:00:00.000001");
  }
  const auto child = tool({"report"});
  CHECK(child.exit_code() == 0);
  CHECK(child.out.rfind("LOGS.html: 1 event and 0 crashes, all; ", 0) == 0);
}

TEST_CASE("dblog report: without a database there is no file") {
  const ToolRun tool;
  CHECK(tool({"report"}).exit_code() == 3);
  CHECK_FALSE(std::filesystem::exists(tool.directory / "LOGS.html"));
}
