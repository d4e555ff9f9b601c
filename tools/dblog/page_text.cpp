// Sections and labelled lines.
#include "tools/dblog/page_text.hpp"

#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr std::size_t kLabelWidth = 14;

}  // namespace

void PageText::headline(std::string_view line) { text_ += escape_line(line) + '\n'; }

void PageText::section(std::string_view title) { text_ += '\n' + escape_line(title) + '\n'; }

void PageText::field(std::string_view label, const std::optional<std::string>& value) {
  if (!value || value->empty()) return;
  text_ += kIndent;
  text_ += label;
  text_.append(label.size() < kLabelWidth ? kLabelWidth - label.size() : 1, ' ');
  text_ += escape_line(*value) + '\n';
}

void PageText::block(std::string_view text) { text_ += escape_block(text, kIndent) + '\n'; }

}  // namespace dblog::tool
