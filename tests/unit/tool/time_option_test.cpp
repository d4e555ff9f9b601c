#include "tools/dblog/time_option.hpp"

#include <catch2/catch.hpp>

using dblog::tool::parse_duration;
using dblog::tool::parse_local_time;
using namespace std::chrono_literals;

TEST_CASE("mute end: a local date, with or without a time") {
  for (const auto& [text, whole] :
       {std::pair{"2026-02-01", "2026-02-01 00:00:00.000000"},
        std::pair{"2026-02-01 12:30", "2026-02-01 12:30:00.000000"},
        std::pair{"2026-02-01T12:30", "2026-02-01 12:30:00.000000"},
        std::pair{"2026-02-01 12:30:05", "2026-02-01 12:30:05.000000"}}) {
    const auto time = parse_local_time(text);
    REQUIRE(time.has_value());
    CHECK(dblog::local_date_text(*time) == whole);
  }
}

TEST_CASE("mute end: what no calendar has is no date") {
  for (const char* text : {"", "tomorrow", "2026-02-30", "2026-13-01", "2026-02-01 25:00",
                           "2026-02-01 12:30 PM", "1.2.2026", "12:30"}) {
    INFO(text);
    CHECK_FALSE(parse_local_time(text).has_value());
  }
}

TEST_CASE("mute end: a whole number and a unit") {
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("30m") == 30min);
  CHECK(parse_duration("12h") == 12h);
  CHECK(parse_duration("3d") == 72h);
  CHECK(parse_duration("2w") == 336h);
}

TEST_CASE("mute end: nothing, no unit, fractions, signs and more than ten years are refused") {
  for (const char* text : {"", "3", "d", "0d", "-3d", "+3d", "1.5h", "3 d", "3dd", "3y", "4000d",
                           "99999999999999999999s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}
