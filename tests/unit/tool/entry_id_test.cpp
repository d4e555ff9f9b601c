#include "tools/dblog/entry_id.hpp"

#include <catch2/catch.hpp>

using dblog::reader::EntryId;
using dblog::tool::parse_entry_id;

TEST_CASE("entry id: a number is a crash, a table with a number an event") {
  CHECK(parse_entry_id("7") == EntryId{"crashes", 7});
  CHECK(parse_entry_id("crashes/7") == EntryId{"crashes", 7});
  CHECK(parse_entry_id("error_table/3") == EntryId{"error_table", 3});
  CHECK(parse_entry_id("a/b/3") == EntryId{"a/b", 3});
  CHECK(parse_entry_id("3", "error_table") == EntryId{"error_table", 3});
}

TEST_CASE("entry id: what names nothing is refused") {
  for (const char* text : {"", "x", "/3", "e/", "7 ", "+7", "0x7", "9223372036854775808"}) {
    CHECK_FALSE(parse_entry_id(text));
  }
}
