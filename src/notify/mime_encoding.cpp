// RFC 2045 (base64, quoted-printable), RFC 2047 (encoded words), RFC 5322 (quoted strings).
#include "src/notify/mime_encoding.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "src/notify/plain_text.hpp"

namespace dblog::notify {
namespace {

constexpr std::size_t kMaxPlainHeader = 60;  // with the longest header name below 78
constexpr std::size_t kMaxEncodedLine = 76;
constexpr std::size_t kBytesOfEncodedWord = 39;  // 64 characters; with "Subject: " below 76

bool is_printable_ascii(char c) { return c >= ' ' && c <= '~'; }

bool is_plain(std::string_view text) {
  return text.size() <= kMaxPlainHeader &&
         std::all_of(text.begin(), text.end(), is_printable_ascii) &&
         text.find("=?") == std::string_view::npos && text.substr(0, 1) != " " &&
         !text.ends_with(' ');
}

std::string encoded_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    const std::size_t length = prefix_within(text, kBytesOfEncodedWord, byte_cost);
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base64(text.substr(0, length)) + "?=";
    text.remove_prefix(length);
  }
  return words;
}

class QuotedPrintableLines {
 public:
  void line(std::string_view text) {
    const std::size_t start = out_.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_first = out_.size() == start;
      const bool is_last = i + 1 == text.size();
      append(text[i], is_first || column_ == 0, is_last, is_first && text.starts_with("From "));
    }
  }

  void line_break() {
    out_ += "\r\n";
    column_ = 0;
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void append(char c, bool starts_line, bool ends_line, bool is_from) {
    const bool is_blank = c == ' ' || c == '\t';
    const bool is_literal =
        is_blank ? !ends_line
                 : is_printable_ascii(c) && c != '=' && !(c == '.' && starts_line) && !is_from;
    const std::size_t needed = is_literal ? 1 : 3;
    if (column_ + needed > kMaxEncodedLine - 1) {
      out_ += "=\r\n";
      column_ = 0;
      // The same character again, now at the start of a line.
      append(c, true, ends_line, false);
      return;
    }
    column_ += needed;
    if (is_literal) {
      out_ += c;
      return;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out_ += '=';
    out_ += kDigits[byte >> 4U];
    out_ += kDigits[byte & 0xFU];
  }

  std::string out_;
  std::size_t column_ = 0;
};

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out += kDigits[group >> 18U & 63U];
    out += kDigits[group >> 12U & 63U];
    out += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  QuotedPrintableLines lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.line(text.substr(0, end));
    if (end == std::string_view::npos) return lines.take();
    lines.line_break();
    text.remove_prefix(end + 1);
  }
}

std::string header_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : encoded_words(text);
}

std::string header_phrase(std::string_view text) {
  if (!is_plain(text)) return encoded_words(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace dblog::notify
