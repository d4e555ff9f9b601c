#include "src/base/utf8.hpp"
#include "src/text/valid_text.hpp"

#include <catch2/catch.hpp>

using dblog::base::first_code_point;
using dblog::text::as_utf8;
using dblog::text::is_utf8;
using dblog::text::one_line;

TEST_CASE("utf8: valid text of every sequence length is kept, with its NULs") {
  const std::string text = std::string("a\0b", 3) + "ä€😀 ﷽";
  CHECK(is_utf8(text));
  CHECK(as_utf8(text) == text);
}

TEST_CASE("utf8: valid text is moved through, not copied") {
  std::string text(10'000, 'x');
  const char* const bytes = text.data();
  CHECK(as_utf8(std::move(text)).data() == bytes);
}

TEST_CASE("utf8: each byte that is not UTF-8 becomes \\xNN") {
  CHECK(as_utf8("a\xFFz") == "a\\xFFz");
  CHECK(as_utf8("\x80\xBF") == "\\x80\\xBF");
  CHECK(as_utf8("Stra\xDF"
                "e") == "Stra\\xDFe");
}

TEST_CASE("utf8: a truncated sequence is escaped byte by byte") {
  CHECK(as_utf8("\xE2\x82") == "\\xE2\\x82");
  CHECK(as_utf8("\xF0\x9F\x98!") == "\\xF0\\x9F\\x98!");
}

TEST_CASE("utf8: overlong forms, surrogates and too high values are not UTF-8") {
  CHECK_FALSE(is_utf8("\xC0\x80"));
  CHECK_FALSE(is_utf8("\xE0\x9F\xBF"));
  CHECK_FALSE(is_utf8("\xF0\x8F\xBF\xBF"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_utf8("\xF4\x90\x80\x80"));
  CHECK(is_utf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST_CASE("utf8: every code point that UTF-8 can hold is decoded to itself") {
  for (char32_t value = 0x80; value <= 0x10FFFF; value += 0x1F) {
    if (value >= 0xD800 && value <= 0xDFFF) continue;
    std::string text;
    if (value < 0x800) {
      text = {static_cast<char>(0xC0 | value >> 6), static_cast<char>(0x80 | (value & 0x3F))};
    } else if (value < 0x10000) {
      text = {static_cast<char>(0xE0 | value >> 12), static_cast<char>(0x80 | (value >> 6 & 0x3F)),
              static_cast<char>(0x80 | (value & 0x3F))};
    } else {
      text = {static_cast<char>(0xF0 | value >> 18), static_cast<char>(0x80 | (value >> 12 & 0x3F)),
              static_cast<char>(0x80 | (value >> 6 & 0x3F)),
              static_cast<char>(0x80 | (value & 0x3F))};
    }
    REQUIRE(first_code_point(text).value == value);
    REQUIRE(first_code_point(text).bytes == text.size());
  }
}

TEST_CASE("utf8: a bad byte is found at every offset of a long text") {
  for (std::size_t position = 0; position < 40; ++position) {
    std::string text(40, 'x');
    text[position] = '\xFE';
    REQUIRE_FALSE(is_utf8(text));
    REQUIRE(as_utf8(text) ==
            std::string(position, 'x') + "\\xFE" + std::string(39 - position, 'x'));
  }
}

TEST_CASE("one line: line breaks and controls become spaces, turned writing is written out") {
  CHECK(one_line("a\r\nb\tc\x1B[0m\x7F", 99) == "a  b c [0m ");
  CHECK(one_line("a\u2028b\u202Ec\u0085d", 99) == "a b\\u202ec d");
}

TEST_CASE("one line: text is cut between characters, and shows it") {
  CHECK(one_line("äöüß", 4) == "äöüß");
  CHECK(one_line("äöüß€", 4) == "äöü…");
  CHECK(one_line("abc", 0).empty());
}

TEST_CASE("one line: bytes that are not UTF-8 are escaped") {
  CHECK(one_line("\xFF\xFE", 9) == "\\xff\\xfe");
}
