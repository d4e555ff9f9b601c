// A recursive descent over one line after the other. Every step below is one of python-dotenv's
// regular expressions, its backtracking included (see closing_quote()).
#include "src/config/env_text.hpp"

#include <utility>

namespace dblog::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Python reads files with universal newlines, inside quoted values too.
WipedText with_unix_newlines(std::string_view text) {
  WipedText result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      result += text[i];
      continue;
    }
    result += '\n';
    if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
  }
  return result;
}

// How many bytes of white space start here; 0 for none. Python's `\s`: Unicode's, and the ASCII
// separators 0x1C to 0x1F.
std::size_t space_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first == ' ' || (first >= '\t' && first <= '\r') || (first >= 0x1C && first <= 0x1F)) {
    return 1;
  }
  const unsigned second = byte(1);
  if (first == 0xC2) return second == 0x85 || second == 0xA0 ? 2 : 0;
  const unsigned third = byte(2);
  if (first == 0xE1) return second == 0x9A && third == 0x80 ? 3 : 0;
  if (first == 0xE2 && second == 0x80) {
    const bool is_space =
        (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF;
    return is_space ? 3 : 0;
  }
  if (first == 0xE2 && second == 0x81) return third == 0x9F ? 3 : 0;
  if (first == 0xE3) return second == 0x80 && third == 0x80 ? 3 : 0;
  return 0;
}

char escape_in_double_quotes(char letter) {
  switch (letter) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '\'':
    case '"':
      return letter;
    default:
      return '\0';
  }
}

char escape_in_single_quotes(char letter) {
  return letter == '\\' || letter == '\'' ? letter : '\0';
}

WipedText with_escapes_resolved(std::string_view text, char quote) {
  WipedText result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char resolved = '\0';
    if (text[i] == '\\' && i + 1 < text.size()) {
      resolved = quote == '"' ? escape_in_double_quotes(text[i + 1])
                              : escape_in_single_quotes(text[i + 1]);
    }
    result += resolved != '\0' ? resolved : text[i];
    if (resolved != '\0') ++i;
  }
  return result;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  EnvText parse() {
    EnvText result;
    while (true) {
      skip_space(/*over_lines=*/true);
      if (at_ == text_.size()) return result;
      const std::size_t line = line_;
      EnvStatement statement;
      if (const char* why = parse_statement(statement); why != nullptr) {
        result.errors.push_back({line, why});
        skip_line();
      } else if (!statement.key.empty()) {
        statement.line = line;
        result.statements.push_back(std::move(statement));
      }
    }
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }

  void advance_to(std::size_t end) {
    for (; at_ < end; ++at_) line_ += text_[at_] == '\n' ? 1 : 0;
  }

  bool skip_space(bool over_lines) {
    const std::size_t start = at_;
    while (true) {
      const std::size_t length = space_at(text_, at_);
      if (length == 0 || (!over_lines && peek() == '\n')) return at_ != start;
      advance_to(at_ + length);
    }
  }

  void skip_line() {
    const std::size_t end = text_.find('\n', at_);
    advance_to(end == std::string_view::npos ? text_.size() : end + 1);
  }

  // Null when the statement is good; a comment is a good one without a key.
  const char* parse_statement(EnvStatement& statement) {
    skip_export();
    if (peek() != '#') {
      if (const char* why = parse_key(statement.key); why != nullptr) return why;
    }
    skip_space(/*over_lines=*/false);
    if (peek() == '=') {
      ++at_;
      const bool after_space = skip_space(/*over_lines=*/false);
      if (const char* why = parse_value(statement.value.emplace(), after_space); why != nullptr) {
        return why;
      }
      skip_space(/*over_lines=*/false);
    }
    if (peek() != '#' && peek() != '\n') {
      return statement.value ? "there is text after the closing quote; close the quote at the end "
                               "of the value (\\' or \\\" for one inside it)"
                             : "there is text but no '=' after the key; write KEY=value";
    }
    skip_line();
    return nullptr;
  }

  void skip_export() {
    constexpr std::string_view kExport = "export";
    if (!text_.substr(at_).starts_with(kExport)) return;
    const std::size_t after = at_ + kExport.size();
    if (space_at(text_, after) == 0 || text_[after] == '\n') return;
    at_ = after;
    skip_space(/*over_lines=*/false);
  }

  const char* parse_key(WipedText& key) {
    if (peek() == '\'') {
      const std::size_t end = text_.find('\'', at_ + 1);
      if (end == std::string_view::npos) return "the quoted key is not closed; close it with '";
      key = text_.substr(at_ + 1, end - at_ - 1);
      if (key.empty()) return "the key is empty; write KEY=value";
      advance_to(end + 1);
      return nullptr;
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && peek() != '=' && peek() != '#' && space_at(text_, at_) == 0) ++at_;
    key = text_.substr(start, at_ - start);
    return key.empty() ? "there is no key before the '='; write KEY=value" : nullptr;
  }

  const char* parse_value(WipedText& value, bool after_space) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') {
      value = parse_unquoted(after_space);
      return nullptr;
    }
    const std::size_t end = closing_quote(quote);
    if (end == std::string_view::npos) {
      return "the quoted value is not closed; close it with the quote it starts with";
    }
    value = with_escapes_resolved(text_.substr(at_ + 1, end - at_ - 1), quote);
    advance_to(end + 1);
    return nullptr;
  }

  // The first quote without a backslash before it (whatever stands before that: python-dotenv
  // knows no pairs of backslashes here); if the file has none, the last one with a backslash.
  [[nodiscard]] std::size_t closing_quote(char quote) const {
    std::size_t escaped = std::string_view::npos;
    for (std::size_t i = text_.find(quote, at_ + 1); i != std::string_view::npos;
         i = text_.find(quote, i + 1)) {
      if (text_[i - 1] != '\\') return i;
      escaped = i;
    }
    return escaped;
  }

  // Up to the end of the line or a '#' after white space, without white space at the end.
  std::string_view parse_unquoted(bool after_space) {
    const std::size_t start = at_;
    std::size_t end = at_;
    while (peek() != '\n') {
      if (const std::size_t length = space_at(text_, at_); length != 0) {
        after_space = true;
        at_ += length;
        continue;
      }
      if (after_space && peek() == '#') break;
      after_space = false;
      end = ++at_;
    }
    return text_.substr(start, end - start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

EnvText parse_env_text(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const WipedText lines = with_unix_newlines(text);
  return Parser{lines}.parse();
}

}  // namespace dblog::config
