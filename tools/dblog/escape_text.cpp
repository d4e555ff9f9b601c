// Escaping of stored text.
#include "tools/dblog/escape_text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace dblog::tool {
namespace {

bool is_harmful(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) ||  // C0, DEL, C1: U+009B is what ESC [ is
         c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) ||  // direction: text that reads as what it is not
         c == 0x2028 || c == 0x2029 ||    // line breaks to some terminals
         c == 0xfeff;
}

void append_number(std::string& text, const char* format, unsigned number) {
  std::array<char, 16> escaped{};
  std::snprintf(escaped.data(), escaped.size(), format, number);
  text += escaped.data();
}

void append_escaped(std::string& text, char32_t c) {
  switch (c) {
    case '\n':
      text += "\\n";
      break;
    case '\r':
      text += "\\r";
      break;
    case '\t':
      text += "\\t";
      break;
    default:
      append_number(text, c < 0x80 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(c));
  }
}

void append_first_character(std::string& text, std::string_view& stored) {
  const Utf8Character character = decode_utf8(stored);
  if (character.size == 0) {
    append_number(text, "\\x%02x", static_cast<unsigned char>(stored.front()));
    stored.remove_prefix(1);
    return;
  }
  if (is_harmful(character.code_point)) {
    append_escaped(text, character.code_point);
  } else {
    text += stored.substr(0, character.size);
  }
  stored.remove_prefix(character.size);
}

}  // namespace

Utf8Character decode_utf8(std::string_view text) noexcept {
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (text.empty()) return {};
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 && first < 0xf8   ? 4
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first >= 0xc0 && first < 0xe0 ? 2
                                                           : 0;
  if (size == 0 || text.size() < size) return {};
  char32_t code_point = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    code_point = code_point << 6 | (next & 0x3fu);
  }
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < kSmallest[size] || code_point > 0x10ffff || is_surrogate) return {};
  return {code_point, size};
}

std::string escape_line(std::string_view stored) {
  std::string text;
  text.reserve(stored.size());
  while (!stored.empty()) append_first_character(text, stored);
  return text;
}

std::string escape_block(std::string_view stored, std::string_view indent) {
  while (!stored.empty() && stored.back() == '\n') stored.remove_suffix(1);
  std::string text{indent};
  text.reserve(stored.size());
  while (!stored.empty()) {
    const char c = stored.front();
    if (c == '\n' || c == '\t') {
      text += c;
      if (c == '\n') text += indent;
      stored.remove_prefix(1);
    } else {
      append_first_character(text, stored);
    }
  }
  return text;
}

std::string shortened(std::string_view stored, std::size_t limit) {
  if (stored.size() <= limit) return std::string(stored);
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t end = limit;
  const auto is_inside = [&] { return (static_cast<unsigned char>(stored[end]) & 0xc0) == 0x80; };
  while (end > 0 && limit - end < kLongestCharacter && is_inside()) --end;
  return std::string(stored.substr(0, end)) + "… " + std::to_string(stored.size() - end) +
         " more bytes, --full shows all";
}

}  // namespace dblog::tool
