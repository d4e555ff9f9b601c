// Rows of one table, from the source to the target, value by value: of the columns that both have.
// A column that an older source does not have stays NULL, as it does when such a database is
// brought up to date. Used by the parts of the merge only.
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/merge/target.hpp"

namespace dblog::merge {

using Columns = std::vector<std::string>;

/// Those of dblog's table `table` that both databases have, in the target's order.
Columns shared_columns(SQLite::Database& source, Target& target, const std::string& table);

/// "a, b, c", quoted.
std::string column_list(const Columns& columns);

/// The source's value as a parameter. Throws SQLite::Exception.
void bind_value(SQLite::Statement& into, int parameter, const SQLite::Column& value);

/// The ids that stand in a column, and what stands in the target instead. Nothing: NULL, or with
/// `is_owner` the row is not copied.
struct Reference {
  std::string column;
  std::function<std::optional<std::int64_t>(std::int64_t)> target_of;
  bool is_owner = false;
};

class RowCopy {
 public:
  /// `omitted`: columns that are not copied. `conflict`: what follows the INSERT; without it, what
  /// the target refuses is left out (OR IGNORE).
  RowCopy(SQLite::Database& source, Target& target, std::string table,
          std::vector<Reference> references = {}, const Columns& omitted = {},
          const std::string& conflict = "");

  /// What a query of the source must select, in this order: columns, quoted.
  [[nodiscard]] const std::string& selected() const noexcept { return selected_; }

  /// Whether the source has this column, and the table at all.
  [[nodiscard]] bool has(const std::string& column) const;

  /// What the rows to come have in this column, whatever the source has; nothing: the source's.
  void write(const std::string& column, const std::optional<std::string>& text);

  /// Adds the row at which `row` stands, whose columns from `first` on are selected(). Its id, or
  /// nothing where it was left out.
  std::optional<std::int64_t> add(SQLite::Statement& row, int first = 0);

  /// All rows of the query `selected() FROM table` + `condition`, with one parameter if it has one.
  /// How many were added.
  std::int64_t add_all(const std::string& condition = "",
                       const std::optional<std::int64_t>& parameter = std::nullopt);
  std::int64_t add_all(const std::string& condition, const std::string& parameter);

 private:
  std::int64_t add_rows(SQLite::Statement& rows);
  [[nodiscard]] const Reference* reference_at(std::size_t column) const;

  SQLite::Database& source_;
  Target& target_;
  std::string table_;
  std::vector<Reference> references_;
  Columns columns_;
  std::string selected_;
  std::string written_column_;
  std::optional<std::string> written_;
  std::optional<SQLite::Statement> insert_;
};

}  // namespace dblog::merge
