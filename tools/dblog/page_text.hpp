// The parts of a page for people: sections with labelled lines. Called by the pages. Everything
// given is escaped here, labels aside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dblog::tool {

class PageText {
 public:
  /// One line, without indent.
  void headline(std::string_view line);

  /// A blank line and the section's title.
  void section(std::string_view title);

  /// "  Label         value"; nothing for a value that is not known.
  void field(std::string_view label, const std::optional<std::string>& value);

  /// Several lines, each indented.
  void block(std::string_view text);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace dblog::tool
