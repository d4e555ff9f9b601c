// The parts of a page for people: sections with labelled lines. Called by the pages. Everything
// given is escaped here, labels aside; colours are added here and nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dblog::tool {

enum class Style { plain, strong, faint, alert };

/// How much of a stored text a page shows.
enum class Extent { shortened, full };

class PageText {
 public:
  explicit PageText(bool is_colored = false, Extent extent = Extent::shortened)
      : is_colored_(is_colored), extent_(extent) {}

  /// One line, without indent.
  void headline(std::string_view line);

  /// A blank line and the section's title.
  void section(std::string_view title);

  /// "  Label         value"; nothing for a value that is not known.
  void field(std::string_view label, const std::optional<std::string>& value);

  /// Several lines, each indented.
  void block(std::string_view text);

  /// One indented line.
  void line(std::string_view text, Style style = Style::plain);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void styled(Style style, std::string_view escaped);

  [[nodiscard]] std::string within(std::string_view text, std::size_t limit) const;

  bool is_colored_;
  Extent extent_;
  std::string text_;
};

}  // namespace dblog::tool
