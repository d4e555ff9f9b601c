// dblog/format.hpp, with {fmt} or the standard library's, as the build says.
#include "dblog/format.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>

#include "tests/support/event_scene.hpp"

namespace {

struct Refusing {};
struct Odd {};

}  // namespace

#ifdef DBLOG_USE_FMT
namespace format_library = fmt;
#else
namespace format_library = std;
#endif

template <>
struct format_library::formatter<Refusing> : format_library::formatter<int> {
  template <typename Context>
  auto format(const Refusing&, Context& context) const {
    if (true) throw std::runtime_error("no value yet");
    return context.out();
  }
};

template <>
struct format_library::formatter<Odd> : format_library::formatter<int> {
  template <typename Context>
  auto format(const Odd&, Context& context) const {
    if (true) throw 42;
    return context.out();
  }
};

TEST_CASE("format: arguments are in the text, and the event's message is the text") {
  CHECK(dblog::formatted("request {} took {:.1f} ms", 4711, 12.25) == "request 4711 took 12.2 ms");
  CHECK(dblog::formatted("no arguments, {{}}") == "no arguments, {}");
}

TEST_CASE("format: what cannot be formatted is logged as its format string and the reason") {
  CHECK(dblog::formatted("value {}", Refusing{}) == "value {} (not formatted: no value yet)");
  CHECK(dblog::formatted("value {}", Odd{}) == "value {} (not formatted: its formatter threw)");
}

TEST_CASE("format: a formatted message is pushed like any other") {
  dblog::test::EventScene scene;
  REQUIRE(scene.events.push_to_table(dblog::formatted("disk {} is {}% full", "sda", 97),
                                     {.severity = dblog::Severity::warning}));
  CHECK(scene.query("SELECT msg FROM t") == "disk sda is 97% full");
}
