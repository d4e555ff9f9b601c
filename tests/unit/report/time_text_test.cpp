#include "src/report/time_text.hpp"

#include <catch2/catch.hpp>

using namespace dblog::report;

TEST_CASE("time text: has the distance from UTC where it is known") {
  CHECK(time_text("2026-11-30 10:00:00.123456", 3'600) == "2026-11-30 10:00:00.123456 +01:00");
  CHECK(time_text("2026-11-30 10:00:00", -12'600) == "2026-11-30 10:00:00 -03:30");
  CHECK(time_text("2026-11-30 10:00:00", 0) == "2026-11-30 10:00:00 +00:00");
  CHECK(time_text("2026-11-30 10:00:00", std::nullopt) == "2026-11-30 10:00:00");
}

TEST_CASE("time text: what is no distance and no date is not taken for one") {
  CHECK(time_text("2026-11-30 10:00:00", 86'400) == "2026-11-30 10:00:00");
  CHECK(time_text("soon", 3'600) == "soon");
  CHECK(time_text_of_utc("soon", 3'600) == "soon");
  CHECK(time_text_of_utc("2026-13-30 10:00:00", 3'600) == "2026-13-30 10:00:00");
}

TEST_CASE("time text: a date and the same time in UTC give the distance") {
  CHECK(time_text_of_utc("1970-01-01 05:30:00.5", 500'000) == "1970-01-01 05:30:00.5 +05:30");
  CHECK(time_text_of_utc("1970-01-01 00:00:01", 3'601'000'000) == "1970-01-01 00:00:01 -01:00");
  CHECK(time_text_of_utc("1970-01-01 00:00:07", 0) == "1970-01-01 00:00:07");
  CHECK(time_text_of_utc("2026-11-30 10:00:00", 0) == "2026-11-30 10:00:00");
}

TEST_CASE("time text: ISO 8601 reads like the others") {
  CHECK(time_text_of_iso("2026-11-30T10:00:00.123456+01:00") ==
        "2026-11-30 10:00:00.123456 +01:00");
  CHECK(time_text_of_iso("2026-11-30T10:00:00.123456") == "2026-11-30 10:00:00.123456");
  CHECK(time_text_of_iso("-") == "-");
}

TEST_CASE("time text: to seconds, the distance stays") {
  CHECK(to_seconds("2026-11-30 10:00:00.123456 +01:00") == "2026-11-30 10:00:00 +01:00");
  CHECK(to_seconds("2026-11-30 10:00:00") == "2026-11-30 10:00:00");
  CHECK(to_seconds("?") == "?");
}
