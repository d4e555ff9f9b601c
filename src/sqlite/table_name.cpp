// The rules for table names, as include/dblog/event_logger.hpp promises them.
#include "src/sqlite/table_name.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "src/base/ascii.hpp"
#include "src/base/utf8.hpp"
#include "src/schema/schema.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::sqlite {
namespace {

// SQLite keeps the first; later tables of dblog will have the second.
constexpr std::array<std::string_view, 2> kReservedPrefixes = {"sqlite_", "dblog_"};

struct Range {
  char32_t first, last;
};

// Beyond ASCII, letters, marks and digits of every script are welcome. Kept out is what looks like
// nothing, like something else, or is no part of a word: controls, spaces, punctuation, symbols,
// emoji, private use, no characters at all.
constexpr std::array<Range, 15> kNoLetters = {{{0x80, 0xA9},
                                               {0xAB, 0xB4},
                                               {0xB6, 0xB9},
                                               {0xBB, 0xBF},
                                               {0xD7, 0xD7},
                                               {0xF7, 0xF7},
                                               {0x1680, 0x1680},
                                               {0x180E, 0x180E},
                                               {0x2000, 0x206F},
                                               {0x2190, 0x2BFF},
                                               {0x3000, 0x3004},
                                               {0x3008, 0x3020},
                                               {0xD800, 0xF8FF},
                                               {0xFEFF, 0xFEFF},
                                               {0xFFF0, 0xFFFF}}};
constexpr Range kEmoji{0x1F000, 0x1FAFF};
constexpr char32_t kFirstSpecialPlane = 0xE0000;

constexpr bool is_in(char32_t character, Range range) {
  return character >= range.first && character <= range.last;
}

constexpr bool is_digit(char32_t character) { return is_in(character, {'0', '9'}); }

bool is_word_character(char32_t character) {
  if (character < 0x80) {
    return is_in(character, {'a', 'z'}) || is_in(character, {'A', 'Z'}) || is_digit(character) ||
           character == '_';
  }
  return character < kFirstSpecialPlane && !is_in(character, kEmoji) &&
         std::none_of(kNoLetters.begin(), kNoLetters.end(),
                      [character](Range range) { return is_in(character, range); });
}

base::Error refusal(std::string_view name, const std::string& reason) {
  return {
      base::ErrorCode::invalid_argument, "",
      '"' + text::one_line(name, TableName::kMaxBytes) + "\" cannot be a table name: " + reason};
}

std::string bad_character_reason(std::string_view rest, std::size_t position) {
  return '\'' + text::one_line(rest, 1) + "' at byte " + std::to_string(position + 1) +
         "; use letters, digits and '_'";
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char character : name) {
    if (character == '"') quoted += '"';
    quoted += character;
  }
  return quoted + '"';
}

base::Result<TableName> TableName::parse(std::string_view name) {
  if (name.empty()) {
    return base::Error{base::ErrorCode::invalid_argument, "",
                       "the table name is empty; give the table a name"};
  }
  if (name.size() > kMaxBytes) {
    return refusal(
        name, std::to_string(name.size()) + " bytes; use at most " + std::to_string(kMaxBytes));
  }
  if (is_digit(static_cast<unsigned char>(name.front()))) {
    return refusal(name, "it starts with a digit; start it with a letter or '_'");
  }
  for (std::size_t position = 0; position < name.size();) {
    const std::string_view rest = name.substr(position);
    const base::CodePoint next = base::first_code_point(rest);
    if (next.bytes == 0) {
      return refusal(name, "byte " + std::to_string(position + 1) + " is not UTF-8");
    }
    if (!is_word_character(next.value)) {
      return refusal(name, bad_character_reason(rest.substr(0, next.bytes), position));
    }
    position += next.bytes;
  }
  // SQLite compares names without regard to the case of ASCII letters, and of no others.
  const std::string lower = base::lower_cased(std::string(name));
  for (const std::string_view prefix : kReservedPrefixes) {
    if (lower.starts_with(prefix)) {
      return refusal(name, "names that start with \"" + std::string(prefix) +
                               "\" are reserved; choose another");
    }
  }
  if (std::count(std::begin(schema::kNames), std::end(schema::kNames), lower) != 0) {
    return refusal(name, "dblog uses it itself; choose another");
  }
  return TableName(name);
}

}  // namespace dblog::sqlite
