// A signal between any two instructions of a scope or a change sees whole fields, and none that are
// not there yet. The processor stops after each instruction, and a handler reads as a crash does.
#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <string>

#include "dblog/context.hpp"
#include "tests/unit/context/context_scene.hpp"

#if defined(__x86_64__)

namespace {

using dblog::Context;
using dblog::base::FieldReader;
using dblog::base::FieldView;

volatile int stops = 0;
volatile int fields_seen = 0;
volatile int torn = 0;
char bytes[dblog::crash::kMaxContext];

// Every text is made of its name's letter, and every scope has two fields.
void read_in_handler(int) {
  stops = stops + 1;
  const std::size_t size = dblog::crash::copy_context(bytes, sizeof bytes);
  FieldReader reader{{bytes, size}};
  std::size_t used = 0;
  int count = 0;
  for (FieldView field; reader.next(field); ++count) {
    used += 1 + 2 + field.name.size() + 2 + field.text.size();
    if (field.name.size() != 1 || field.text.empty() ||
        field.text.find_first_not_of(field.name) != std::string_view::npos) {
      torn = torn + 1;
    }
  }
  if (used != size || count % 2 != 0) torn = torn + 1;
  fields_seen = fields_seen + count;
}

// As few instructions as may be are the test's own.
[[gnu::always_inline]] inline void step_by_step(bool is_on) {
  std::uint64_t flags;
  __asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
  constexpr std::uint64_t kTrap = 0x100;
  flags = is_on ? flags | kTrap : flags & ~kTrap;
  __asm__ volatile("pushq %0; popfq" ::"r"(flags) : "memory", "cc");
}

}  // namespace

TEST_CASE("context: a signal between any two instructions sees whole scopes only") {
  const std::string a(100, 'a'), b(30, 'b'), c(7, 'c'), d(900, 'd');
  const auto previous = std::signal(SIGTRAP, &read_in_handler);
  { const Context first{{"x", "x"}, {"y", "y"}}; }
  step_by_step(true);
  for (int i = 0; i < 3; ++i) {
    const Context outer{{"a", a}, {"b", b}};
    { const Context inner{{"c", c}, {"d", d}}; }
    { const Context inner{{"d", d}, {"c", c}}; }
  }
  step_by_step(false);
  std::signal(SIGTRAP, previous);
  CHECK(stops > 1'000);
  CHECK(fields_seen > 1'000);
  CHECK(torn == 0);
}

TEST_CASE("context: a signal between any two instructions of a change sees it before or after") {
  const std::string a(100, 'a'), b(30, 'b'), more(400, 'b');
  REQUIRE(dblog::set_context("a", a));
  REQUIRE(dblog::set_context("b", b));
  stops = 0;
  fields_seen = 0;
  torn = 0;
  const auto previous = std::signal(SIGTRAP, &read_in_handler);
  step_by_step(true);
  dblog::set_context("b", more);
  dblog::set_context("a", "aa");
  step_by_step(false);
  std::signal(SIGTRAP, previous);
  dblog::clear_context("a");
  dblog::clear_context("b");
  CHECK(stops > 1'000);
  CHECK(fields_seen >= 2 * stops);
  CHECK(torn == 0);
}

#endif
