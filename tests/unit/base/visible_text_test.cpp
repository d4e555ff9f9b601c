#include "src/base/visible_text.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "src/base/utf8.hpp"

using namespace dblog::base;

namespace {

std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty()) out += next_visible_piece(text).text();
  return out;
}

std::string utf8_of(char32_t c) {
  const auto tail = [c](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6U), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12U), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | c >> 18U), tail(12), tail(6), tail(0)};
}

bool is_left_alone(char32_t c) { return shown(utf8_of(c)) == utf8_of(c); }

}  // namespace

TEST_CASE("visible text: what people write is left alone") {
  for (const char* text : {"", "plain \\ text", "größer", "日本語", "שלום", "مرحبا", "हिन्दी", "😀",
                           "e\u0301", "⚠\ufe0f", "❤\ufe0e", "nb\u00a0sp"}) {
    CHECK(shown(text) == text);
  }
}

TEST_CASE("visible text: controls, and bytes that are not UTF-8, are written out") {
  CHECK(shown(std::string_view("\0\x1b[0m\n\t\x7f", 8)) == "\\x00\\x1b[0m\\x0a\\x09\\x7f");
  CHECK(shown("\xc2\x9b"
              "2J \x9b \xed\xa0\x80 cut \xe2\x82") ==
        "\\u009b2J \\x9b \\xed\\xa0\\x80 cut \\xe2\\x82");
}

TEST_CASE("visible text: no character that hides, turns or annotates others is left") {
  struct Range {
    char32_t first, last;
  };
  for (const Range range : {Range{0x0, 0x1F},
                            {0x7F, 0x9F},
                            {0xAD, 0xAD},
                            {0x61C, 0x61C},
                            {0x200B, 0x200F},
                            {0x2028, 0x202E},
                            {0x2060, 0x206F},
                            {0x3164, 0x3164},
                            {0xFE00, 0xFE0D},
                            {0xFEFF, 0xFEFF},
                            {0xFFF9, 0xFFFB},
                            {0xE0000, 0xE01EF}}) {
    for (char32_t c = range.first; c <= range.last; ++c) {
      INFO(static_cast<unsigned>(c));
      CHECK(is_hidden(c));
      const std::string text = shown(utf8_of(c));
      CHECK(text.front() == '\\');
      CHECK(shown(text) == text);
    }
  }
  CHECK(shown("a\u202eb\U000e0041c") == "a\\u202eb\\U000e0041c");
  CHECK(shown("👩\u200d💻") == "👩\\u200d💻");
}

TEST_CASE("visible text: every character is shown as itself or as an escape that stays one") {
  std::size_t escaped = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    if (is_left_alone(c)) continue;
    ++escaped;
    for (const char byte : shown(utf8_of(c))) REQUIRE((byte >= ' ' && byte <= '~'));
  }
  CHECK(escaped > 4'000);
  CHECK(escaped < 5'000);
}
