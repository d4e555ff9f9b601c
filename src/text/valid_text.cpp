// UTF-8 by the ranges of the Unicode standard, table 3-7.
#include "src/text/valid_text.hpp"

#include <cstdint>
#include <cstring>

#include "src/base/utf8.hpp"
#include "src/base/visible_text.hpp"

namespace dblog::text {
namespace {

using base::CodePoint;
using base::first_code_point;

constexpr unsigned char byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<unsigned char>(text[index]);
}

// How many of the next bytes are ASCII, by words: messages nearly always are.
std::size_t ascii_prefix(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t length = 0;
  while (text.size() - length >= sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + length, sizeof word);
    if ((word & kHighBits) != 0) break;
    length += sizeof word;
  }
  while (length < text.size() && byte_at(text, length) < 0x80) ++length;
  return length;
}

std::size_t valid_prefix(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size()) {
    const std::size_t ascii = ascii_prefix(text.substr(length));
    length += ascii;
    if (length == text.size()) break;
    const std::size_t bytes = first_code_point(text.substr(length)).bytes;
    if (bytes == 0) break;
    length += bytes;
  }
  return length;
}

void append_escaped(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

}  // namespace

bool is_utf8(std::string_view text) noexcept { return valid_prefix(text) == text.size(); }

std::string as_utf8(std::string text) {
  std::size_t valid = valid_prefix(text);
  if (valid == text.size()) return text;
  std::string_view rest = text;
  std::string escaped;
  escaped.reserve(text.size() + 16);
  while (true) {
    escaped.append(rest.substr(0, valid));
    rest.remove_prefix(valid);
    if (rest.empty()) return escaped;
    append_escaped(escaped, byte_at(rest, 0));
    rest.remove_prefix(1);
    valid = valid_prefix(rest);
  }
}

std::string one_line(std::string_view text, std::size_t max_characters) {
  std::string line;
  std::size_t characters = 0;
  std::size_t end_with_room = 0;  // where "…" would still fit
  while (!text.empty()) {
    const CodePoint first = first_code_point(text);
    const bool is_control = first.bytes != 0 && base::is_control(first.value);
    const base::VisiblePiece piece = base::next_visible_piece(text);
    const std::string_view shown = is_control ? " " : piece.text();
    if (characters < max_characters) end_with_room = line.size();
    characters += is_control || !piece.is_escape ? 1 : piece.size;
    if (characters > max_characters) {
      line.resize(end_with_room);
      return max_characters == 0 ? line : line + "…";
    }
    line += shown;
  }
  return line;
}

std::string_view first_line_with_text(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n\v\f");
  if (start == std::string_view::npos) return "(no message)";
  text.remove_prefix(start);
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace dblog::text
