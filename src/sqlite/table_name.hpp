// Names that users may give to their tables. Only a TableName reaches SQL, so that no text of a
// caller can become part of a statement unquoted, or reach dblog's own tables.
#pragma once

#include <string>
#include <string_view>

#include "src/base/result.hpp"

namespace dblog::sqlite {

/// `name` as an SQL identifier: in double quotes, those inside it doubled.
[[nodiscard]] std::string quoted_name(std::string_view name);

class TableName {
 public:
  static constexpr std::size_t kMaxBytes = 128;

  /// ErrorCode::invalid_argument, with the reason, for what is no identifier, is longer than
  /// kMaxBytes, or is SQLite's or dblog's own.
  static base::Result<TableName> parse(std::string_view name);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::string quoted() const { return quoted_name(text_); }

 private:
  explicit TableName(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace dblog::sqlite
