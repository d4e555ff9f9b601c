// Severity, fields and tags of pushed events, read back by the sqlite3 shell.
#include "src/event/event_facts.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "dblog/event_logger.hpp"
#include "src/schema/schema.hpp"
#include "tests/support/event_scene.hpp"

namespace {

using dblog::EventLogger;
using dblog::Field;
using dblog::FieldValue;
using dblog::PushOptions;
using dblog::Severity;

struct Scene : dblog::test::EventScene {
  std::string push(const PushOptions& options, const std::string& sql) {
    REQUIRE(events.push_to_table("m", options));
    return query(sql);
  }
};

constexpr const char* kFields = "SELECT name, type, value, typeof(value) FROM event_fields;";
constexpr const char* kRows =
    "SELECT count(*) FROM event_facts; SELECT count(*) FROM event_fields; "
    "SELECT count(*) FROM event_tags;";

template <typename... Values>
concept makes_value = (std::is_constructible_v<FieldValue, Values> && ...);

}  // namespace

TEST_CASE("event facts: an event that says no more than its message has no rows of them") {
  Scene scene;
  CHECK(scene.push({}, kRows) == "0\n0\n0");
  CHECK(scene.push({.slack = true, .hw_monitor = true, .severity = Severity::error}, kRows) ==
        "0\n0\n0");
}

TEST_CASE("event facts: each severity but the usual one is a word in a row") {
  Scene scene;
  for (const Severity severity :
       {Severity::info, Severity::warning, Severity::error, Severity::critical}) {
    REQUIRE(scene.events.push_to_table("m", {.severity = severity}));
  }
  CHECK(scene.query("SELECT * FROM event_facts;") ==
        "t|1|info|0|0\nt|2|warning|0|0\n"
        "t|4|critical|0|0");
}

TEST_CASE("event facts: a severity out of range counts as the usual one") {
  Scene scene;
  CHECK(scene.push({.severity = static_cast<Severity>(77)}, kRows) == "0\n0\n0");
  CHECK(scene.query("SELECT msg FROM t;") == "m");
}

TEST_CASE("event facts: fields keep their order, names and types") {
  Scene scene;
  CHECK(scene.push({.fields = {{"order", 4711}, {"bank", "DE-12"}, {"took", 0.25}, {"new", true}}},
                   kFields) ==
        "order|integer|4711|integer\nbank|text|DE-12|text\ntook|real|0.25|real\n"
        "new|boolean|1|integer");
  CHECK(scene.query("SELECT source_table, source_id FROM event_fields WHERE name = 'order' AND "
                    "value = 4711;") == "t|1");
}

TEST_CASE("event facts: what a program has becomes a value of the type that it means") {
  const char* none = nullptr;
  const char letters[] = "array";
  const std::filesystem::path path = "/srv/a b";
  CHECK(FieldValue('x') == FieldValue("x"));
  CHECK(FieldValue(none) == FieldValue(""));
  CHECK(FieldValue(letters) == FieldValue(std::string("array")));
  CHECK(FieldValue(std::string_view{"a\0b", 3}) == FieldValue(std::string("a\0b", 3)));
  CHECK(FieldValue(path) == FieldValue("/srv/a b"));
  CHECK(FieldValue(std::size_t{5}) == FieldValue(5));
  CHECK(FieldValue(std::uint8_t{200}) == FieldValue(200));
  CHECK(FieldValue(std::numeric_limits<std::int64_t>::min()).held().index() == 1);
  CHECK(FieldValue(std::numeric_limits<std::uint64_t>::max()) ==
        FieldValue("18446744073709551615"));
  CHECK(FieldValue(1.5F) == FieldValue(1.5));
  CHECK_FALSE(FieldValue(true) == FieldValue(1));
  STATIC_REQUIRE(makes_value<int, bool, double, const char*, std::string, std::string_view>);
  STATIC_REQUIRE_FALSE(makes_value<int*>);
  STATIC_REQUIRE_FALSE(makes_value<std::nullptr_t>);
  STATIC_REQUIRE_FALSE(makes_value<wchar_t>);
  STATIC_REQUIRE_FALSE(makes_value<Severity>);
}

TEST_CASE("event facts: numbers that SQLite or JSON cannot hold are texts") {
  Scene scene;
  CHECK(scene.push({.fields = {{"a", std::nan("")}, {"b", INFINITY}, {"c", -INFINITY}}}, kFields) ==
        "a|text|nan|text\nb|text|inf|text\nc|text|-inf|text");
}

TEST_CASE("event facts: of a name that comes twice the last value counts") {
  Scene scene;
  CHECK(scene.push({.fields = {{"a", 1}, {"b", 2}, {"a", "new"}}}, kFields) ==
        "a|text|new|text\nb|integer|2|integer");
}

TEST_CASE("event facts: names become one line, and same names one field") {
  Scene scene;
  const std::string with_nul("a\0b", 3);
  CHECK(scene.push({.fields = {{with_nul, 1}, {"a b", 2}, {"\xFF", 3}, {"", 4}}}, kFields) ==
        "a b|integer|2|integer\n\\xff|integer|3|integer\n|integer|4|integer");
  CHECK(
      scene.push({.fields = {{std::string(1'000, 'n'), 1}}},
                 "SELECT length(name), substr(name, -2) FROM event_fields WHERE source_id = 2;") ==
      "128|n…");
}

TEST_CASE("event facts: a text that is too long is cut and marked, other bytes are escaped") {
  Scene scene;
  const std::string ten_megabytes(10'000'000, 'x');
  const std::string many_umlauts = [] {
    std::string text = "x";
    while (text.size() < 6'000) text += "ü";
    return text;
  }();
  CHECK(scene.push({.fields = {{"a", ten_megabytes},
                               {"b", many_umlauts},
                               {"c", "caf\xE9"},
                               {"d", std::string(4'096, 'y')},
                               {"e", std::string(4'096, '\xFF')},
                               {"f", std::string("a\0b", 3)}}},
                   "SELECT name, length(CAST(value AS BLOB)), substr(value, 1, 4), "
                   "substr(hex(value), -16) FROM event_fields;") ==
        "a|4100|xxxx|7878787820E280A6\n"
        "b|4099|xüüü|C3BCC3BC20E280A6\n"
        "c|7|caf\\|6361665C784539\n"
        "d|4096|yyyy|7979797979797979\n"
        "e|4100|\\xFF|5C78464620E280A6\n"
        "f|3|a|610062");
}

TEST_CASE("event facts: of too many fields the first names stay, and the rest is counted") {
  Scene scene;
  PushOptions options;
  for (int i = 0; i < 10'000; ++i) options.fields.push_back({"f" + std::to_string(i), i});
  options.fields.push_back({"f0", "last"});
  CHECK(scene.push(options,
                   "SELECT count(*), max(number) FROM event_fields; SELECT value FROM event_fields "
                   "WHERE name = 'f0'; SELECT severity, fields_left_out FROM event_facts;") ==
        "64|64\nlast\nerror|9936");
}

TEST_CASE("event facts: tags are a set of lines within a limit") {
  Scene scene;
  CHECK(scene.push({.tags = {"b", "a", "b", "", "two\nlines"}},
                   "SELECT group_concat(tag) FROM event_tags;") == "a,b,two lines");
  PushOptions options;
  for (int i = 0; i < 40; ++i) options.tags.push_back(std::to_string(i));
  CHECK(scene.push(options,
                   "SELECT count(*) FROM event_tags WHERE source_id = 2; SELECT tags_left_out FROM "
                   "event_facts;") == "32\n8");
}

TEST_CASE("event facts: an exception and an event made elsewhere have them, too") {
  Scene scene;
  REQUIRE(scene.events.push_to_table(std::runtime_error("r"), {.tags = {"x"}}));
  REQUIRE(scene.events.push_to_table(dblog::Event{"e"}, {.severity = Severity::info}));
  CHECK(scene.query("SELECT source_id FROM event_tags; SELECT source_id FROM event_facts;") ==
        "1\n2");
}

TEST_CASE("event facts: an event that is refused leaves none") {
  Scene scene;
  REQUIRE(scene.events.push_to_table("m"));
  scene.query("CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT raise(ABORT, 'no'); END;");
  CHECK_FALSE(scene.events.push_to_table("m", {.severity = Severity::info, .fields = {{"a", 1}}}));
  CHECK(scene.query(kRows) == "0\n0\n0");
}

TEST_CASE("event facts: a table that is made again does not inherit those of the old one") {
  Scene scene;
  REQUIRE(scene.events.push_to_table(
      "old", {.severity = Severity::critical, .fields = {{"a", 1}}, .tags = {"x"}}));
  scene.query("DROP TABLE t;");
  REQUIRE(scene.events.push_to_table("new", {.stack = false}));
  CHECK(scene.query("SELECT id, msg FROM t;") == "1|new");
  CHECK(scene.query(kRows) == "0\n0\n0");
  CHECK(scene.query("SELECT count(*) FROM event_stacks;") == "0");
}

TEST_CASE("event facts: a database without their tables gets them") {
  Scene scene;
  REQUIRE(scene.events.push_to_table("before"));
  const std::string version = scene.query("PRAGMA user_version;");
  scene.query("DROP TABLE event_facts; DROP TABLE event_fields; DROP TABLE event_tags;");
  EventLogger again{"t", scene.directory / "LOGS.db"};
  REQUIRE(again.push_to_table("after", {.severity = Severity::info}));
  CHECK(scene.query("SELECT source_id, severity FROM event_facts; SELECT count(*) FROM t; PRAGMA "
                    "user_version;") == "2|info\n2\n" + version);
}
