// Lines up cells in columns, as people see them: wide and combining characters count as a
// terminal shows them. Called by the verbs that list; cells must be escaped already.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dblog::tool {

class TableText {
 public:
  explicit TableText(std::vector<std::string> titles);

  /// As many cells as there are titles.
  void add_row(std::vector<std::string> cells);

  /// The lines, each cut to `width` columns at most; but 20 are always left to the last cell.
  /// Without a width nothing is cut. No line ends in a space.
  [[nodiscard]] std::string text(std::optional<std::size_t> width) const;

  /// By RFC 4180, but lines end in \n. What a spreadsheet would run as a formula has a ' before it,
  /// also where ';' or a tab separates its cells:
  /// https://owasp.org/www-community/attacks/CSV_Injection
  [[nodiscard]] std::string csv() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// How many columns of a terminal `text` takes.
std::size_t display_width(std::string_view text);

/// `text`, or if it is wider than `width` its start and "…", `width` columns together.
std::string cut_to_width(std::string_view text, std::size_t width);

}  // namespace dblog::tool
