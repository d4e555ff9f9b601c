#include "src/outbox/sample_lines.hpp"

#include <algorithm>

#include "src/outbox/digest_text.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::outbox {
namespace {

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view first_difference(std::string_view text, std::string_view other) {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line != next_line(other)) return line;
  }
  return {};
}

}  // namespace

SampleLines::SampleLines(std::string_view first_subject, std::string_view first_body,
                         std::size_t most, std::size_t room)
    : first_subject_(first_subject), first_body_(first_body), most_(most), room_(room) {}

void SampleLines::add(std::string_view subject, std::string_view body) {
  if (is_full()) return;
  const std::string_view words =
      subject != first_subject_ ? subject : first_difference(body, first_body_);
  if (words.empty()) return;
  std::string line;
  for (std::size_t limit = room_; limit > 0; limit /= 2) {
    line = text::one_line(words, limit);
    if (room_of(line, "") <= room_of("", "") + room_) break;
  }
  if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(line);
}

}  // namespace dblog::outbox
