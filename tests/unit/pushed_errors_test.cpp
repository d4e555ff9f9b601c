// Exceptions that were captured, and error codes, as events; read back by the sqlite3 shell.
#include <catch2/catch.hpp>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include "dblog/event_logger.hpp"
#include "src/event/handled_exception_text.hpp"
#include "tests/support/event_scene.hpp"

namespace {

using dblog::EventLogger;
using Scene = dblog::test::EventScene;

constexpr const char* kRow =
    "SELECT msg, exception_type FROM t JOIN event_stacks ON source_id = id;";

std::exception_ptr nested() {
  try {
    try {
      throw std::out_of_range("inner");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("outer"));
    }
  } catch (...) {
    return std::current_exception();
  }
}

class Category : public std::error_category {
 public:
  const char* name() const noexcept override { return "ours"; }
  std::string message(int) const override { throw std::runtime_error("no words"); }
};

}  // namespace

TEST_CASE("pushed errors: a captured exception has its type, what() and causes") {
  Scene scene;
  REQUIRE(scene.events.push_to_table(nested()));
  CHECK(scene.query("SELECT msg FROM t;") ==
        "std::runtime_error: outer\ncaused by: std::out_of_range: inner");
  CHECK(scene.query("SELECT exception_type LIKE '%std::runtime_error%' FROM event_stacks;") == "1");
}

TEST_CASE("pushed errors: one that is no std::exception is known by its type") {
  Scene scene;
  REQUIRE(scene.events.push_to_table(std::make_exception_ptr(7), {.tags = {"x"}}));
  CHECK(scene.query(kRow) == "int|int");
  CHECK(scene.query("SELECT tag FROM event_tags;") == "x");
}

TEST_CASE("pushed errors: no exception is an event all the same") {
  Scene scene;
  REQUIRE(scene.events.push_to_table(std::exception_ptr{}));
  REQUIRE(scene.events.push_to_table(std::current_exception()));
  CHECK(scene.query(kRow) == "no exception|\nno exception|");
}

TEST_CASE("pushed errors: the exception that a handler is at work on stays as it was") {
  Scene scene;
  try {
    throw std::runtime_error("in flight");
  } catch (const std::exception& error) {
    REQUIRE(scene.events.push_to_table(std::make_exception_ptr(std::out_of_range("other"))));
    CHECK(std::string(error.what()) == "in flight");
    CHECK_THROWS_AS(std::rethrow_exception(std::current_exception()), std::runtime_error);
  }
  CHECK(scene.query(kRow) == "std::out_of_range: other|std::out_of_range");
}

TEST_CASE("pushed errors: an error code says its message, and has category and value as fields") {
  Scene scene;
  REQUIRE(scene.events.push_to_table(
      std::make_error_code(std::errc::no_such_file_or_directory),
      {.severity = dblog::Severity::warning, .fields = {{"path", "/srv"}}}));
  REQUIRE(scene.events.push_to_table(std::error_code(ENOSPC, std::system_category())));
  CHECK(scene.query("SELECT msg FROM t;") ==
        "No such file or directory (generic:2)\nNo space left on device (system:28)");
  CHECK(scene.query("SELECT name, type, value FROM event_fields WHERE source_id = 1;") ==
        "error_category|text|generic\nerror_value|integer|2\npath|text|/srv");
  CHECK(scene.query("SELECT severity FROM event_facts;") == "warning");
}

TEST_CASE("pushed errors: a code whose category fails is a failure with a reason, and no throw") {
  Scene scene;
  static const Category category;
  const auto result = scene.events.push_to_table(std::error_code(1, category));
  CHECK_FALSE(result);
  CHECK(result.error == "no words");
}

TEST_CASE("pushed errors: they are queued where the logger queues") {
  const Scene scene;
  EventLogger events{"t", {.database = scene.directory / "LOGS.db", .queued = true}};
  CHECK(events.push_to_table(std::make_exception_ptr(std::out_of_range("o"))).id == 0);
  CHECK(events.push_to_table(std::make_error_code(std::errc::timed_out)).id == 0);
  REQUIRE(EventLogger::flush());
  CHECK(scene.query("SELECT msg FROM t; SELECT source_id, value FROM event_fields;") ==
        "std::out_of_range: o\nConnection timed out (generic:110)\n2|generic\n2|110");
}
