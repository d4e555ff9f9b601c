// Cleaning by the rules that the store has for UTF-8; cutting by characters.
#include "src/notify/plain_text.hpp"

#include <algorithm>

#include "handlers/utf8.hpp"
#include "src/store/utf8.hpp"

namespace dblog::notify {
namespace {

constexpr std::string_view kCutNote =
    "\n[… too long to be sent whole: the middle is left out here, the database has it …]\n";

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

// The bytes of the first character; a byte that is none counts as one.
std::size_t first_cost(std::string_view text, Cost cost, std::size_t& bytes) {
  const crash::CodePoint first = crash::first_code_point(text);
  bytes = std::max<std::size_t>(first.bytes, 1);
  return cost(first.value, bytes);
}

}  // namespace

std::string sendable_text(std::string_view text) {
  const std::string valid = store::as_utf8(std::string(text));
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    if (c == '\r') {
      out += '\n';
      if (i + 1 < valid.size() && valid[i + 1] == '\n') ++i;
    } else if (c == '\n' || c == '\t' || !is_control(c)) {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

std::string sendable_line(std::string_view text, std::size_t max_characters) {
  return store::one_line(text, max_characters);
}

std::size_t byte_cost(char32_t /*character*/, std::size_t bytes) { return bytes; }

std::size_t total_cost(std::string_view text, Cost cost) {
  std::size_t total = 0;
  while (!text.empty()) {
    std::size_t bytes = 0;
    total += first_cost(text, cost, bytes);
    text.remove_prefix(bytes);
  }
  return total;
}

std::size_t prefix_within(std::string_view text, std::size_t limit, Cost cost) {
  std::size_t length = 0;
  std::size_t spent = 0;
  while (length < text.size()) {
    std::size_t bytes = 0;
    spent += first_cost(text.substr(length), cost, bytes);
    if (spent > limit) break;
    length += bytes;
  }
  return length;
}

std::string cut_middle(std::string text, std::size_t limit, Cost cost) {
  const std::size_t total = total_cost(text, cost);
  if (total <= limit) return text;
  const std::size_t tail = limit / 4;
  const std::size_t head = limit - tail - total_cost(kCutNote, cost);
  const std::size_t head_end = prefix_within(text, head, cost);
  // What costs at most this much may go from the front; one character more to stay within.
  std::size_t tail_start = prefix_within(text, total - tail, cost);
  std::size_t bytes = 0;
  (void)first_cost(std::string_view(text).substr(tail_start), cost, bytes);
  tail_start += bytes;
  return text.substr(0, head_end) + std::string(kCutNote) + text.substr(tail_start);
}

}  // namespace dblog::notify
