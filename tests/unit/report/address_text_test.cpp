#include "src/report/address_text.hpp"

#include <catch2/catch.hpp>

using namespace dblog::report;

TEST_CASE("address guess: null, members of null, and just before it") {
  CHECK(address_guess(0) == "likely a null pointer");
  CHECK(address_guess(4'095) == "likely a member or element at offset 4095 of a null pointer");
  CHECK(address_guess(4'096).empty());
  CHECK(address_guess(UINT64_MAX - 7) ==
        "likely 8 bytes before a null pointer, or an error code used as an address");
}

TEST_CASE("address guess: patterns of freed and new memory, with a member's offset too") {
  const auto says = [](std::uint64_t address, const std::string& words) {
    CAPTURE(address);
    CHECK(address_guess(address).find(words) != std::string::npos);
  };
  for (const std::uint64_t freed :
       {0xddddddddu, 0xfeeefeeeu, 0xfeeefeeeu + 24, 0x6b6b6b6bu, 0xe5e5e5e5u}) {
    says(freed, "after it was freed");
  }
  says(0xdddddddddddddde5, "likely used after it was freed");
  says(0xcdcdcdcdcdcdcdcd, "likely never initialized");
  says(0xbebebebebebebebe, "AddressSanitizer");
  says(0xdeadbeef, "freed, or never initialized");
  says(0xdeadbeefdeadbeef, "freed, or never initialized");
  says(0x1717171717171717 + 16, "MALLOC_PERTURB_");
}

TEST_CASE("address guess: eight letters are a text that ran over") {
  CHECK(address_guess(0x4847464544434241) ==
        "the text \"ABCDEFGH\": likely overwritten by a text that was too long");
}

TEST_CASE("address guess: one letter repeated is a text, unless a heap is known to use it") {
  CHECK(address_guess(0x4141414141414141) ==
        "the text \"AAAAAAAA\": likely overwritten by a text that was too long");
  CHECK(address_guess(0x5a5a5a5a5a5a5a5a).find("jemalloc") != std::string::npos);
  CHECK(address_guess(0x6b6b6b6b6b6b6b6b).find("slab allocator") != std::string::npos);
}

TEST_CASE("address guess: an ordinary address gives none") {
  for (const std::uint64_t address : {0x55d0c0de1234ull, 0x7f1234567890ull, 0x400000ull}) {
    CHECK(address_guess(address).empty());
  }
}

TEST_CASE("impossible address: is one whose upper bits differ") {
  CHECK_FALSE(is_impossible_address(0x7fffffffffff));
  CHECK(is_impossible_address(0x800000000000));
  CHECK(is_impossible_address(0xdddddddddddddddd));
  CHECK_FALSE(is_impossible_address(0xffff800000000000));
}
