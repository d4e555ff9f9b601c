// Context: crash time. Pure.
#include "src/base/visible_text.hpp"

#include <cstring>

#include "src/base/utf8.hpp"

namespace dblog::base {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// DerivedCoreProperties.txt of Unicode 15, Default_Ignorable_Code_Point, without U+FE0E and U+FE0F;
// and the interlinear annotation characters.
constexpr Range kHidden[] = {
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
    {0xFE00, 0xFE0D},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

bool is_in_range_of_hidden(char32_t character) noexcept {
  for (const Range& range : kHidden) {
    if (character <= range.last) return character >= range.first;
  }
  return false;
}

VisiblePiece escape_of(char32_t character, char letter, std::size_t digits) noexcept {
  VisiblePiece piece;
  piece.bytes[0] = '\\';
  piece.bytes[1] = letter;
  piece.size = digits + 2;
  piece.is_escape = true;
  for (std::size_t at = piece.size; at > 2; character >>= 4U) {
    piece.bytes[--at] = "0123456789abcdef"[character & 0xFU];
  }
  return piece;
}

}  // namespace

bool is_control(char32_t character) noexcept {
  return character < 0x20 || (character >= 0x7F && character <= 0x9F) || character == 0x2028 ||
         character == 0x2029;
}

bool is_hidden(char32_t character) noexcept {
  return is_control(character) || is_in_range_of_hidden(character);
}

VisiblePiece next_visible_piece(std::string_view& rest) noexcept {
  const CodePoint first = first_code_point(rest);
  if (first.bytes == 0) {
    const auto byte = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    return escape_of(byte, 'x', 2);
  }
  VisiblePiece piece;
  if (is_hidden(first.value)) {
    piece = first.value < 0x80      ? escape_of(first.value, 'x', 2)
            : first.value < 0x10000 ? escape_of(first.value, 'u', 4)
                                    : escape_of(first.value, 'U', 8);
  } else {
    std::memcpy(piece.bytes, rest.data(), first.bytes);
    piece.size = first.bytes;
  }
  rest.remove_prefix(first.bytes);
  return piece;
}

}  // namespace dblog::base
