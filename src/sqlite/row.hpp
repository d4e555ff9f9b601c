// One row as SQLite holds it, whatever the types: databases of other programs and of the older
// project must list too. Knows nothing of what the columns mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dblog::sqlite {

/// NULL, a whole number, a real number, or bytes: text need not be valid UTF-8.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Column {
  std::string name;
  Value value;
};

struct Row {
  std::vector<Column> columns;  ///< In the table's order.

  /// Null if there is no such column.
  [[nodiscard]] const Value* find(std::string_view name) const noexcept;

  /// The value as text; nothing for NULL, for '' and for a column that does not exist.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

  /// Only if the value is a whole number.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const noexcept;

  /// Only if the value is a number; '0.14' as text is none.
  [[nodiscard]] std::optional<double> number(std::string_view name) const noexcept;
};

}  // namespace dblog::sqlite
