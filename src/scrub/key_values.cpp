// From each separator back to the name, then on to the end of the value. A name is looked for as
// far back as what is done already, so that no byte is looked at more than twice. Context: crash
// time.
#include "src/scrub/key_values.hpp"

#include <algorithm>
#include <cstring>

namespace dblog::scrub {
namespace {

constexpr std::size_t kLongestName = 256;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";
constexpr std::string_view kLineEnds = "\r\n";

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
bool is_quote(char c) noexcept { return c == '"' || c == '\''; }

bool is_of_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// Where the quote that opened before `begin` is closed. In a text that is quoted itself (`\"`), by
// one that has a backslash, too.
std::size_t end_of_quoted(std::string_view text, std::size_t begin, char quote,
                          bool is_escaped) noexcept {
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (text[at] == quote && !is_escaped) return at;
    if (text[at] != '\\') continue;
    const bool ends = is_escaped && at + 1 < text.size() && text[at + 1] == quote;
    if (ends) return at;
    ++at;
  }
  return text.size();
}

}  // namespace

std::string_view KeyValues::name_before(std::size_t separator) const noexcept {
  std::size_t end = separator;
  while (end > at_ && is_blank(text_[end - 1])) --end;
  if (end > at_ && text_[end - 1] == ']') --end;  // user[password]=
  if (end > at_ && is_quote(text_[end - 1])) --end;
  if (end > at_ && text_[end - 1] == '\\') --end;
  std::size_t begin = end;
  while (begin > at_ && end - begin < kLongestName && is_of_name(text_[begin - 1])) --begin;
  return text_.substr(begin, end - begin);
}

TextSpan KeyValues::value_after(std::size_t separator) const noexcept {
  const bool is_of_line = text_[separator] == ':';
  std::size_t begin = separator + 1;
  // `==` and `=>`, too.
  while (begin < text_.size() && (text_[begin] == '=' || text_[begin] == '>')) ++begin;
  begin = std::min(text_.find_first_not_of(kBlanks, begin), text_.size());
  const bool is_escaped =
      begin + 1 < text_.size() && text_[begin] == '\\' && is_quote(text_[begin + 1]);
  const std::size_t quote = begin + (is_escaped ? 1 : 0);
  if (quote < text_.size() && is_quote(text_[quote])) {
    return {quote + 1, end_of_quoted(text_, quote + 1, text_[quote], is_escaped)};
  }
  const std::string_view ends = is_of_line ? kLineEnds : kWhiteSpace;
  std::size_t end = begin;
  while (end < text_.size() && ends.find(text_[end]) == std::string_view::npos &&
         (is_of_line || text_[end] != '&')) {
    ++end;
  }
  return {begin, end};
}

bool KeyValues::next(TextSpan& value) noexcept {
  if (keys_.is_empty()) return false;
  for (std::size_t at = at_; at < text_.size(); ++at) {
    const char c = text_[at];
    if (c != '=' && c != ':') continue;
    if (c == ':' && at + 1 < text_.size() && text_[at + 1] == ':') {
      at_ = at + 2;  // of C++
      ++at;
      continue;
    }
    const bool is_secret = keys_.is_secret(name_before(at));
    at_ = at + 1;
    if (!is_secret) continue;
    value = value_after(at);
    at_ = std::max(at_, value.end);
    if (value.begin < value.end) return true;
    at = at_ - 1;
  }
  at_ = text_.size();
  return false;
}

std::size_t copy_without_values(const KeyNames& keys, std::string_view text, char* to,
                                std::size_t capacity) noexcept {
  std::size_t size = 0, copied = 0;
  const auto append = [&](std::string_view part) {
    const std::size_t kept = std::min(part.size(), capacity - size);
    if (kept > 0) std::memcpy(to + size, part.data(), kept);
    size += kept;
  };
  KeyValues values{keys, text};
  for (TextSpan value; values.next(value);) {
    append(text.substr(copied, value.begin - copied));
    append(kScrubbed);
    copied = value.end;
  }
  append(text.substr(copied));
  return size;
}

}  // namespace dblog::scrub
