// Events that are pushed inside of scopes, read back by the sqlite3 shell.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "dblog/context.hpp"
#include "dblog/scrub.hpp"
#include "tests/support/event_scene.hpp"

namespace {

using dblog::Context;
using dblog::EventLogger;

constexpr const char* kFields =
    "SELECT source_id, number, name, type, value FROM event_fields ORDER BY 1, 2;";

struct Scene : dblog::test::EventScene {
  EventLogger queued{"q", {.database = directory / "LOGS.db", .queued = true}};

  std::string fields() const {
    REQUIRE(EventLogger::flush(std::chrono::minutes{1}));
    return query(kFields);
  }
};

struct ProcessValue {
  ProcessValue(const char* name, const char* value) : name_(name) {
    REQUIRE(dblog::set_context(name, value));
  }
  ~ProcessValue() { dblog::clear_context(name_); }
  const char* name_;
};

}  // namespace

TEST_CASE("context of events: all of it is stored, however long scrubbing makes it") {
  Scene scene;
  REQUIRE(dblog::set_scrub_rules({{}, {"\\d"}}).empty());
  const auto digits = [](std::size_t size) {
    std::string text;
    while (text.size() < size) text += "1a";
    return text;
  };
  const std::string longest = digits(1'024), rest = digits(970);
  {
    const Context scope{{"s0", longest}, {"s1", longest}, {"s2", longest}, {"s3", rest}};
    const ProcessValue p0{"p0", longest.c_str()}, p1{"p1", longest.c_str()},
        p2{"p2", longest.c_str()}, p3{"p3", rest.c_str()};
    CHECK(scene.events.push_to_table("m"));
  }
  dblog::set_scrub_rules({});
  CHECK(scene.query("SELECT group_concat(name, ' ') FROM (SELECT name FROM event_fields WHERE "
                    "value LIKE '[scrubbed]a[scrubbed]a%' ORDER BY number);") ==
        "s0 s1 s2 s3 p0 p1 p2 p3");
  CHECK(scene.query("SELECT count(*) FROM event_fields;") == "8");
}

TEST_CASE("context of events: outside of a scope an event has no rows more") {
  Scene scene;
  { const Context scope{{"request", 7}}; }
  REQUIRE(scene.events.push_to_table("direct"));
  REQUIRE(scene.queued.push_to_table("queued"));
  CHECK(scene.fields().empty());
}

TEST_CASE("context of events: committed and queued ones have the values of their moment") {
  for (const bool is_queued : {false, true}) {
    Scene scene;
    EventLogger& events = is_queued ? scene.queued : scene.events;
    const ProcessValue region("region", "eu-1");
    {
      const Context outer{{"request", 7}, {"user", "ann"}};
      const Context inner{{"user", "bob"}, {"part", 0.5}, {"again", true}};
      REQUIRE(events.push_to_table("m"));
    }
    REQUIRE(events.push_to_table("m"));
    CHECK(scene.fields() ==
          "1|1|user|text|bob\n1|2|part|real|0.5\n1|3|again|boolean|1\n1|4|request|integer|7\n"
          "1|5|region|text|eu-1\n2|1|region|text|eu-1");
    CHECK(EventLogger::queue_counts().fallbacks() == 0);
  }
}

TEST_CASE("context of events: a field of the event wins, and stands first") {
  for (const bool is_queued : {false, true}) {
    Scene scene;
    const Context scope{{"a", "context"}, {"b", "context"}, {"c\n", "context"}};
    EventLogger& events = is_queued ? scene.queued : scene.events;
    REQUIRE(events.push_to_table("m", {.fields = {{"b", "own"}, {"c ", "own"}}, .tags = {"t"}}));
    CHECK(scene.fields() == "1|1|b|text|own\n1|2|c |text|own\n1|3|a|text|context");
    CHECK(scene.query("SELECT tag FROM event_tags;") == "t");
  }
}

TEST_CASE("context of events: it counts toward the 64 names, after the event's own") {
  for (const bool is_queued : {false, true}) {
    Scene scene;
    const Context scope{{"in", 1}, {"out", 2}};
    dblog::PushOptions options;
    for (int i = 0; i < 63; ++i) options.fields.push_back({std::to_string(i), i});
    EventLogger& events = is_queued ? scene.queued : scene.events;
    REQUIRE(events.push_to_table("m", options));
    scene.fields();
    CHECK(scene.query("SELECT count(*) FROM event_fields; SELECT number FROM event_fields WHERE "
                      "name = 'in'; SELECT count(*) FROM event_fields WHERE name = 'out'; "
                      "SELECT fields_left_out FROM event_facts;") == "64\n64\n0\n1");
  }
}

TEST_CASE("context of events: a queued event whose context is too long is committed by the call") {
  Scene scene;
  const std::string text(1'000, 'x');
  const Context scope{{"a", text}, {"b", text}, {"c", text}};
  REQUIRE(scene.queued.push_to_table(std::string(1'000, 'm')));
  const auto before = EventLogger::queue_counts().too_long;
  REQUIRE(scene.queued.push_to_table(std::string(1'200, 'm')));
  CHECK(EventLogger::queue_counts().too_long == before + 1);
  scene.fields();
  CHECK(
      scene.query("SELECT source_id, group_concat(length(value)) FROM event_fields GROUP BY 1;") ==
      "1|1000,1000,1000\n2|1000,1000,1000");
}

TEST_CASE("context of events: names and texts of any bytes become those that fields have") {
  for (const bool is_queued : {false, true}) {
    Scene scene;
    const Context scope{{std::string_view{"a\0b", 3}, "caf\xE9"}, {"a b", "hidden"}};
    EventLogger& events = is_queued ? scene.queued : scene.events;
    REQUIRE(events.push_to_table("m"));
    CHECK(scene.fields() == "1|1|a b|text|caf\\xE9");
  }
}

TEST_CASE("context of events: exceptions and error codes carry it, too") {
  Scene scene;
  const Context scope{{"request", 7}, {"error_value", 1}};
  REQUIRE(scene.events.push_to_table(std::runtime_error("x")));
  REQUIRE(scene.events.push_to_table(std::make_exception_ptr(std::runtime_error("x"))));
  REQUIRE(scene.events.push_to_table(std::make_error_code(std::errc::io_error)));
  CHECK(scene.query("SELECT source_id, group_concat(name || '=' || value) FROM event_fields "
                    "GROUP BY 1;") ==
        "1|request=7,error_value=1\n2|request=7,error_value=1\n"
        "3|error_category=generic,error_value=5,request=7");
}

#ifndef DBLOG_NO_THREADS_IN_CHILDREN
TEST_CASE("context of events: a forked child's events have the scopes that its thread was in") {
  Scene scene;
  const ProcessValue region("region", "eu-1");
  const Context scope{{"request", 7}};
  const pid_t child = ::fork();
  if (child == 0) {
    const Context own{{"child", true}};
    const bool is_pushed = scene.events.push_to_table("m") && scene.queued.push_to_table("m");
    ::_exit(is_pushed && EventLogger::flush(std::chrono::minutes{1}) ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  REQUIRE(scene.events.push_to_table("m"));
  CHECK(scene.query("SELECT source_table, source_id, group_concat(name || '=' || value, ' ') FROM "
                    "event_fields GROUP BY 1, 2;") ==
        "q|1|child=1 request=7 region=eu-1\nt|1|child=1 request=7 region=eu-1\n"
        "t|2|request=7 region=eu-1");
}
#endif

TEST_CASE("context of events: other threads' scopes are not mixed in") {
  Scene scene;
  const Context scope{{"thread", "main"}};
  std::thread{[&] {
    REQUIRE(scene.events.push_to_table("m"));
    const Context own{{"thread", "other"}};
    REQUIRE(scene.queued.push_to_table("m"));
  }}.join();
  CHECK(scene.fields() == "1|1|thread|text|other");
  CHECK(scene.query("SELECT source_table FROM event_fields;") == "q");
}
