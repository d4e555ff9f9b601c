// Addresses as the database holds them.
#include "src/grouping/stored_address.hpp"

#include <catch2/catch.hpp>

using dblog::grouping::parse_address;

TEST_CASE("parse address: takes what the database holds and nothing else") {
  CHECK(parse_address("0x1f") == 31);
  CHECK(parse_address("0xffffffffffffffff") == UINT64_MAX);
  for (const char* text : {"", "0x", "1f", "0x1g", "0x1ffffffffffffffff", "-0x1"}) {
    CHECK_FALSE(parse_address(text));
  }
}
