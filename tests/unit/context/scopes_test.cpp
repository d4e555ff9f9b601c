// Scopes of a thread: what they hold, in which order they go, and what becomes of too much.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "dblog/context.hpp"
#include "tests/unit/context/context_scene.hpp"

namespace {

using dblog::Context;
using dblog::ContextField;
using dblog::ContextValue;
using dblog::crash::ContextScopes;
using dblog::test::context_now;
using dblog::test::NamedTexts;

// The number of scopes that had values, with one value each.
std::size_t nest(int levels) {
  if (levels == 0) return context_now().size();
  const Context scope{{"level", levels}};
  return nest(levels - 1);
}

using Storage = std::optional<Context>;
void start(Storage& scope, const ContextField& field) {
  scope.emplace(std::span<const ContextField>{&field, 1});
}

template <typename... Values>
concept makes_value = (std::is_constructible_v<ContextValue, Values> && ...);

}  // namespace

TEST_CASE("context: outside of a scope there is nothing, and no scope leaves anything") {
  CHECK(context_now().empty());
  CHECK_FALSE(dblog::crash::has_context());
  {
    const Context scope{{"request", 7}};
    CHECK(dblog::crash::has_context());
  }
  CHECK(context_now().empty());
  CHECK_FALSE(dblog::crash::has_context());
}

TEST_CASE("context: inner scopes stand before outer ones, which are back when they end") {
  const Context outer{{"request", 7}, {"user", "ann"}};
  {
    const Context inner{{"user", "bob"}};
    CHECK(context_now() == NamedTexts{{"user", "bob"}, {"request", "7"}, {"user", "ann"}});
  }
  CHECK(context_now() == NamedTexts{{"request", "7"}, {"user", "ann"}});
}

TEST_CASE("context: values have the types of fields, and texts are copied") {
  const char* none = nullptr;
  std::string text = "copied";
  const Context scope{{"text", text},
                      {"none", none},
                      {"letter", 'x'},
                      {"integer", std::int8_t{-7}},
                      {"large", std::numeric_limits<std::uint64_t>::max()},
                      {"real", 0.5F},
                      {"nan", std::nan("")},
                      {"inf", -INFINITY},
                      {"boolean", true}};
  text = "xxxxxx";
  CHECK(context_now() == NamedTexts{{"text", "copied"},
                                    {"none", ""},
                                    {"letter", "x"},
                                    {"integer", "-7"},
                                    {"large", "18446744073709551615"},
                                    {"real", "0.500000"},
                                    {"nan", "nan"},
                                    {"inf", "-inf"},
                                    {"boolean", "true"}});
  STATIC_REQUIRE(makes_value<int, bool, double, const char*, std::string, std::string_view>);
  STATIC_REQUIRE_FALSE(makes_value<int*>);
  STATIC_REQUIRE_FALSE(makes_value<std::nullptr_t>);
  STATIC_REQUIRE_FALSE(makes_value<wchar_t>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Context>);
}

TEST_CASE("context: one field of two texts is a name and a value") {
  const Context scope{{"name", "value"}};
  CHECK(context_now() == NamedTexts{{"name", "value"}});
}

TEST_CASE("context: a name keeps its NUL, and its first 128 bytes in whole characters") {
  const std::string long_name = std::string(127, 'n') + "\xC3\xA9";
  const Context scope{{std::string_view{"a\0b", 3}, 1}, {long_name, 2}, {"", 3}};
  CHECK(context_now() ==
        NamedTexts{{std::string("a\0b", 3), "1"}, {std::string(127, 'n'), "2"}, {"", "3"}});
}

TEST_CASE("context: a text of 10 MB is its beginning, in whole characters, with a mark") {
  std::string text(1'023, 'x');
  while (text.size() < 10'000'000) text += "\xC3\xA9";
  const Context scope{{"text", text}, {"after", 1}};
  CHECK(context_now() == NamedTexts{{"text", std::string(1'023, 'x') + " …"}, {"after", "1"}});
}

TEST_CASE(
    "context: of 10,000 values those stay for which there is room, and the next scope works") {
  std::vector<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.push_back(std::to_string(i));
  std::vector<ContextField> fields;
  for (const std::string& name : names) fields.push_back({name, 1});
  {
    const Context scope{std::span<const ContextField>{fields}};
    const NamedTexts kept = context_now();
    CHECK(kept.size() > 200);
    CHECK(kept.size() < 400);
    CHECK(kept.front().first == "0");
    const Context full{{"too much", std::string(1'000, 'x')}};
    CHECK(context_now() == kept);
  }
  const Context next{{"next", std::string(1'000, 'x')}};
  CHECK(context_now().size() == 1);
}

TEST_CASE("context: 10,000 scopes inside of each other keep the outer ones, and end well") {
  CHECK(nest(3) == 3);
  CHECK(nest(10'000) == ContextScopes::kMaxScopes);
  CHECK(context_now().empty());
  CHECK(nest(3) == 3);
}

TEST_CASE("context: a scope that ends before one inside of it takes its own values only") {
  Storage outer, middle, inner;
  start(outer, {"outer", 1});
  start(middle, {"middle", 2});
  start(inner, {"inner", 3});
  middle.reset();
  CHECK(context_now() == NamedTexts{{"inner", "3"}, {"outer", "1"}});
  outer.reset();
  CHECK(context_now() == NamedTexts{{"inner", "3"}});
  start(outer, {"later", 4});
  CHECK(context_now() == NamedTexts{{"later", "4"}, {"inner", "3"}});
  inner.reset();
  CHECK(context_now() == NamedTexts{{"later", "4"}});
  outer.reset();
  CHECK(context_now().empty());
  CHECK(dblog::crash::own_scopes->count == 0);
}

TEST_CASE("context: threads see their own, and one that ends frees what it had") {
  const Context scope{{"thread", "main"}};
  for (int i = 0; i < 100; ++i) {
    std::thread{[] {
      CHECK(context_now().empty());
      const Context own{{"thread", "other"}};
      CHECK(context_now() == NamedTexts{{"thread", "other"}});
    }}.join();
  }
  CHECK(context_now() == NamedTexts{{"thread", "main"}});
}

TEST_CASE("context: a scope that ends in another thread takes nothing of that thread") {
  Storage scope;
  std::thread{[&] { start(scope, {"gone", 1}); }}.join();
  const Context own{{"own", 2}};
  scope.reset();
  CHECK(context_now() == NamedTexts{{"own", "2"}});
}

TEST_CASE("context: whatever the memory of the scopes holds, no place outside of it is read") {
  auto scopes = std::make_unique<ContextScopes>();
  std::mt19937 engine{1};
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  std::vector<char> out(ContextScopes::kBytes);
  for (int round = 0; round < 10'000; ++round) {
    scopes->count = random() % (ContextScopes::kMaxScopes + 2);
    for (auto& scope : scopes->scopes) {
      scope.number = random() % 4;
      scope.end = random() % 8 == 0 ? random() : random() % (ContextScopes::kBytes + 2);
    }
    (void)dblog::crash::copy_fields(*scopes, out.data(), out.size());
  }
  scopes->count = 0xFFFFFFFF;
  CHECK(dblog::crash::copy_fields(*scopes, out.data(), out.size()) == 0);
}
