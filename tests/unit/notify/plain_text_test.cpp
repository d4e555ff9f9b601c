#include "src/notify/plain_text.hpp"

#include <catch2/catch.hpp>

using namespace dblog::notify;

TEST_CASE("sendable text: every kind of line break is one line feed") {
  CHECK(sendable_text("a\r\nb\rc\nd\n\r") == "a\nb\nc\nd\n\n");
}

TEST_CASE("sendable text: controls, NUL and bytes that are no UTF-8 are written out") {
  using namespace std::string_literals;
  CHECK(sendable_text("a\0b\x1b[31m\x7f \xff\tä"s) == "a\\x00b\\x1b[31m\\x7f \\xff\tä");
}

TEST_CASE("sendable text: what is not seen, or turns what is, is written out") {
  CHECK(sendable_text("pay\u202etxt.exe\u202c \u200b\U000e0041\u2028") ==
        "pay\\u202etxt.exe\\u202c \\u200b\\U000e0041\\u2028");
  CHECK(sendable_line("pay\u202etxt.exe\u2028\U000e0041", 40) == "pay\\u202etxt.exe \\U000e0041");
}

TEST_CASE("sendable line: an escape counts as long as it is, and is not cut") {
  const std::string text = "ab\u202ecd";
  CHECK(sendable_line(text, 10) == "ab\\u202ecd");
  CHECK(sendable_line(text, 9) == "ab\\u202e…");
  for (const std::size_t limit : {3U, 5U, 7U, 8U}) CHECK(sendable_line(text, limit) == "ab…");
  CHECK(sendable_line(text, 2) == "a…");
  CHECK(sendable_line(text, 0).empty());
}

TEST_CASE("prefix: ends before a character that does not fit") {
  CHECK(prefix_within("aä", 2, byte_cost) == 1);
  CHECK(prefix_within("aä", 3, byte_cost) == 3);
  CHECK(prefix_within("", 3, byte_cost) == 0);
}

TEST_CASE("cut_middle: leaves a text that fits alone") {
  const std::string text(1'000, 'x');
  CHECK(cut_middle(text, 1'000, byte_cost) == text);
}

TEST_CASE("cut_middle: keeps beginning and end, says so, and stays within the limit") {
  std::string text = "beginning";
  for (int i = 0; i < 5'000; ++i) text += "€𝄞";
  text += "end";
  for (const std::size_t limit : {1'000U, 1'001U, 1'002U, 1'003U, 7'777U}) {
    const std::string cut = cut_middle(text, limit, byte_cost);
    CHECK(cut.size() <= limit);
    CHECK(cut.size() > limit - 10);
    CHECK(cut.starts_with("beginning€𝄞"));
    CHECK(cut.ends_with("€𝄞end"));
    CHECK(cut.find("left out") != std::string::npos);
    CHECK(sendable_text(cut) == cut);  // no character was cut
  }
}
