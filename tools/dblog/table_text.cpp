// Columns of text.
#include "tools/dblog/table_text.hpp"

#include <locale.h>

#include <algorithm>
#include <cwchar>
#include <utility>

#include "src/base/utf8.hpp"

namespace dblog::tool {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLastColumnAtLeast = 20;

// wcwidth() knows what the locale's character set has; text in the database is UTF-8 whatever
// the user's locale.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    previous_ = ::uselocale(utf8);  // a null pointer changes nothing
  }
  ~Utf8Locale() { ::uselocale(previous_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t previous_;
};

struct Step {
  std::size_t bytes;
  std::size_t columns;
};

Step first_step(std::string_view text) {
  const base::CodePoint character = base::first_code_point(text);
  if (character.bytes == 0) return {1, 1};
  const int columns = ::wcwidth(static_cast<wchar_t>(character.value));
  return {character.bytes, columns < 0 ? 1 : static_cast<std::size_t>(columns)};
}

std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Step step = first_step(text);
    columns += step.columns;
    text.remove_prefix(step.bytes);
  }
  return columns;
}

// Where a spreadsheet's list separator is ';' or a tab, a quote after a ',' is only a character:
// what is in the cell may begin others, and quotes before it fall away.
std::string without_formulas(const std::string& cell) {
  constexpr std::string_view kSeparators = ";\t\r\n";
  constexpr std::string_view kBeginnings = "=+-@\t\r";
  std::string safe;
  for (std::size_t at = 0; at < cell.size(); ++at) {
    const bool is_begin = at == 0 || kSeparators.find(cell[at - 1]) != kSeparators.npos;
    const std::size_t first = is_begin ? cell.find_first_not_of('"', at) : cell.npos;
    if (first != cell.npos && kBeginnings.find(cell[first]) != kBeginnings.npos) safe += '\'';
    safe += cell[at];
  }
  return safe;
}

std::string csv_cell(const std::string& cell) {
  std::string content = without_formulas(cell);
  if (content.find_first_of("\",;\t\r\n") == std::string::npos) return content;
  std::string quoted = "\"";
  for (const char c : content) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace

std::string TableText::csv() const {
  std::string text;
  for (const std::vector<std::string>& row : rows_) {
    const char* separator = "";
    for (const std::string& cell : row) {
      text.append(separator).append(csv_cell(cell));
      separator = ",";
    }
    text += '\n';
  }
  return text;
}

std::size_t display_width(std::string_view text) {
  const Utf8Locale locale;
  return width_of(text);
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  const Utf8Locale locale;
  std::size_t columns = 0;
  std::size_t fitting = 0;  // bytes that leave a column for the ellipsis
  for (std::size_t at = 0; at < text.size();) {
    const Step step = first_step(text.substr(at));
    columns += step.columns;
    if (columns > width) return std::string(text.substr(0, fitting)) + (width > 0 ? "…" : "");
    at += step.bytes;
    if (columns < width) fitting = at;
  }
  return std::string(text);
}

TableText::TableText(std::vector<std::string> titles) { rows_.push_back(std::move(titles)); }

void TableText::add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

std::string TableText::text(std::optional<std::size_t> width) const {
  const std::size_t last = rows_.front().size() - 1;
  std::vector<std::size_t> widths(last, 0);
  std::size_t before_last = 0;
  for (std::size_t column = 0; column < last; ++column) {
    for (const auto& row : rows_) {
      widths[column] = std::max(widths[column], display_width(row[column]));
    }
    before_last += widths[column] + kGap;
  }
  std::string lines;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t column = 0; column < last; ++column) {
      line += row[column];
      line.append(widths[column] + kGap - display_width(row[column]), ' ');
    }
    const std::size_t left = width && *width > before_last ? *width - before_last : 0;
    line += width ? cut_to_width(row[last], std::max(left, kLastColumnAtLeast)) : row[last];
    line.erase(line.find_last_not_of(' ') + 1);
    lines += line + '\n';
  }
  return lines;
}

}  // namespace dblog::tool
