// Sections and labelled lines.
#include "tools/dblog/page_text.hpp"

#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr std::size_t kLabelWidth = 14;

constexpr std::size_t kMaxLine = 2'000;
constexpr std::size_t kMaxBlock = 16'384;

// ECMA-48, "Select graphic rendition", in the order of Style.
constexpr std::string_view kStyles[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[1;31m"};

}  // namespace

void PageText::styled(Style style, std::string_view escaped) {
  const std::string_view start = is_colored_ ? kStyles[static_cast<std::size_t>(style)] : "";
  text_ += start;
  text_ += escaped;
  if (!start.empty()) text_ += "\x1b[0m";
}

std::string PageText::within(std::string_view text, std::size_t limit) const {
  return extent_ == Extent::full ? std::string(text) : shortened(text, limit);
}

void PageText::headline(std::string_view line) {
  styled(Style::strong, escape_line(within(line, kMaxLine)));
  text_ += '\n';
}

void PageText::section(std::string_view title) {
  text_ += '\n';
  styled(Style::strong, escape_line(title));
  text_ += '\n';
}

void PageText::field(std::string_view label, const std::optional<std::string>& value) {
  if (!value || value->empty()) return;
  text_ += kIndent;
  styled(Style::faint, label);
  text_.append(label.size() < kLabelWidth ? kLabelWidth - label.size() : 1, ' ');
  text_ += escape_line(within(*value, kMaxLine)) + '\n';
}

void PageText::block(std::string_view text) {
  text_ += escape_block(within(text, kMaxBlock), kIndent) + '\n';
}

void PageText::line(std::string_view text, Style style) {
  text_ += kIndent;
  styled(style, escape_line(within(text, kMaxLine)));
  text_ += '\n';
}

}  // namespace dblog::tool
