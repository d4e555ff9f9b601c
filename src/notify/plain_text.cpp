// Cleaning by the rules that all output has; cutting by characters.
#include "src/notify/plain_text.hpp"

#include <algorithm>

#include "src/base/utf8.hpp"
#include "src/base/visible_text.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::notify {
namespace {

constexpr std::string_view kCutNote =
    "\n[… too long to be sent whole: the middle is left out here, the database has it …]\n";

// The bytes of the first character; a byte outside of any counts as one.
std::size_t first_cost(std::string_view text, Cost cost, std::size_t& bytes) {
  const base::CodePoint first = base::first_code_point(text);
  bytes = std::max<std::size_t>(first.bytes, 1);
  return cost(first.value, bytes);
}

}  // namespace

std::string sendable_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    if (c == '\r' || c == '\n' || c == '\t') {
      out += c == '\t' ? '\t' : '\n';
      text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
    } else {
      out += base::next_visible_piece(text).text();
    }
  }
  return out;
}

std::string sendable_line(std::string_view text, std::size_t max_characters) {
  return text::one_line(text, max_characters);
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
