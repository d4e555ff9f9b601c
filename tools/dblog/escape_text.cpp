// Escaping of stored text.
#include "tools/dblog/escape_text.hpp"

#include "src/base/visible_text.hpp"

namespace dblog::tool {
namespace {

void append_first_character(std::string& text, std::string_view& stored) {
  const char first = stored.front();
  if (first == '\n' || first == '\r' || first == '\t') {
    text += first == '\n' ? "\\n" : first == '\r' ? "\\r" : "\\t";
    stored.remove_prefix(1);
  } else {
    text += base::next_visible_piece(stored).text();
  }
}

}  // namespace

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

std::string shortened(std::string_view stored, std::size_t limit, std::string_view advice) {
  if (stored.size() <= limit) return std::string(stored);
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t end = limit;
  const auto is_inside = [&] { return (static_cast<unsigned char>(stored[end]) & 0xc0) == 0x80; };
  while (end > 0 && limit - end < kLongestCharacter && is_inside()) --end;
  std::string text{stored.substr(0, end)};
  text += "… " + std::to_string(stored.size() - end) + " more bytes";
  return text.append(advice);
}

}  // namespace dblog::tool
