#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "src/base/number_text.hpp"

namespace {

using dblog::base::write_decimal;
using dblog::base::write_whole;

std::string whole(std::int64_t value) {
  char text[dblog::base::kWholeTextSize];
  const std::size_t length = write_whole(value, text, sizeof text);
  REQUIRE(text[length] == '\0');
  return text;
}

std::string decimal(double value, int max_decimals, std::size_t capacity = 24) {
  char text[32];
  const std::size_t length = write_decimal(value, max_decimals, text, capacity);
  REQUIRE(text[length] == '\0');
  return text;
}

}  // namespace

TEST_CASE("whole number text: agrees with the C++ library") {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{9}, std::int64_t{-1}, std::int64_t{25010176},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    CHECK(whole(value) == std::to_string(value));
  }
}

TEST_CASE("whole number text: is empty when it does not fit") {
  char text[4] = "xyz";
  CHECK(write_whole(1234, text, sizeof text) == 0);
  CHECK(text[0] == '\0');
  CHECK(write_whole(123, text, sizeof text) == 3);
  CHECK(write_whole(1, text, 0) == 0);
}

TEST_CASE("decimal text: prints as Python prints a float") {
  CHECK(decimal(0.0, 1) == "0.0");
  CHECK(decimal(0.14, 2) == "0.14");
  CHECK(decimal(0.1, 2) == "0.1");
  CHECK(decimal(12, 2) == "12.0");
  CHECK(decimal(3.05, 2) == "3.05");
  CHECK(decimal(0.3037963599165928, 6) == "0.303796");
  CHECK(decimal(0.000001, 6) == "0.000001");
}

TEST_CASE("decimal text: rounds, also up to the next whole number") {
  CHECK(decimal(99.96, 1) == "100.0");
  CHECK(decimal(0.949, 1) == "0.9");
  CHECK(decimal(0.0000004, 6) == "0.0");
}

TEST_CASE("decimal text: keeps every hundredth of a day's seconds") {
  for (int hundredths = 0; hundredths < 8'640'000; hundredths += 7) {
    const double seconds = hundredths / 100.0;
    REQUIRE(std::strtod(decimal(seconds, 2).c_str(), nullptr) == seconds);
  }
}

TEST_CASE("decimal text: is empty for what cannot be printed") {
  CHECK(decimal(-0.1, 2).empty());
  CHECK(decimal(std::nan(""), 2).empty());
  CHECK(decimal(std::numeric_limits<double>::infinity(), 2).empty());
  CHECK(decimal(1e300, 2).empty());
  CHECK(decimal(9.2e18, 1).empty());
}

TEST_CASE("decimal text: is empty when it does not fit") {
  CHECK(decimal(123.45, 2, 7) == "123.45");
  for (std::size_t capacity = 1; capacity < 7; ++capacity) {
    CHECK(decimal(123.45, 2, capacity).empty());
  }
}
