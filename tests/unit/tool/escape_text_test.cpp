#include "tools/dblog/escape_text.hpp"

#include <catch2/catch.hpp>

using namespace dblog::tool;

TEST_CASE("escape line: leaves plain text and UTF-8 alone") {
  for (const char* text : {"", "plain \\ text", "größer", "日本", "😀", "e\xcc\x81"}) {
    CHECK(escape_line(text) == text);
  }
}

TEST_CASE("escape line: control characters become visible") {
  CHECK(escape_line(std::string_view("\0\x01\x1b[0m\x7f", 7)) == "\\x00\\x01\\x1b[0m\\x7f");
  CHECK(escape_line("a\nb\rc\td") == "a\\nb\\rc\\td");
  CHECK(escape_line("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0") == "\\u0080\\u009b\\u009f\xc2\xa0");
}

TEST_CASE("escape line: characters that turn or break text become visible") {
  CHECK(escape_line("a\u202eb\u2066c\u2028d\u200fe\ufefff") ==
        "a\\u202eb\\u2066c\\u2028d\\u200fe\\ufefff");
  CHECK(escape_line("a\u200bb\u00adc\U000e0041\u2060") == "a\\u200bb\\u00adc\\U000e0041\\u2060");
}

TEST_CASE("escape line: bytes that are not UTF-8 become visible one by one") {
  CHECK(escape_line("\xff\xfe") == "\\xff\\xfe");
  CHECK(escape_line("\xc3(") == "\\xc3(");
  CHECK(escape_line("cut \xe2\x82") == "cut \\xe2\\x82");
  CHECK(escape_line("\xc0\xaf") == "\\xc0\\xaf");                             // overlong
  CHECK(escape_line("\xe0\x80\x9b") == "\\xe0\\x80\\x9b");                    // overlong C1
  CHECK(escape_line("\xed\xa0\x80") == "\\xed\\xa0\\x80");                    // surrogate
  CHECK(escape_line("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");           // above U+10FFFF
  CHECK(escape_line("\xf8\x88\x80\x80\x80") == "\\xf8\\x88\\x80\\x80\\x80");  // five bytes
  CHECK(escape_line("\x9b"
                    "2J") == "\\x9b2J");
}

TEST_CASE("escape line: every output is valid and harmless, whatever two bytes come in") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string stored{static_cast<char>(first), static_cast<char>(second)};
      const std::string escaped = escape_line(stored);
      REQUIRE(escape_line(escaped) == escaped);
    }
  }
}

TEST_CASE("escape block: keeps newlines and tabs, and indents every line") {
  CHECK(escape_block("a\n\tb\n\nc", "  ") == "  a\n  \tb\n  \n  c");
  CHECK(escape_block("a\r\n\x1b\n", "> ") == "> a\\r\n> \\x1b");
}

TEST_CASE("shortened text: cuts no character, and says how much is left out") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "abc… 1 more bytes, --full shows all");
  CHECK(shortened("abcd", 3, "") == "abc… 1 more bytes");
  CHECK(shortened("ab€d", 3) == "ab… 4 more bytes, --full shows all");
  CHECK(shortened(std::string(9, '\x80'), 6).starts_with("\x80\x80"));
}
