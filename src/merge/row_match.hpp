// Which of the source's rows the target has already, where rows have no UUID: the rows of both that
// are equal in some columns are counted, in the order of their ids, and the n-th here is the n-th
// there. So merging again adds none, and equal rows that came since are new. SQLite sorts, in
// temporary files if there are many. Used by the parts of the merge only.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

#include "src/merge/target.hpp"

namespace dblog::merge {

/// A table whose rows are matched. Texts are SQL.
struct MatchedTable {
  std::string name;     ///< In the target.
  std::string quoted;   ///< The same as an identifier.
  std::string columns;  ///< All that is copied, without the id: "msg, date".
  std::string staged;  ///< What is read of the source after the id, with types: it holds `columns`.
  std::string keys;    ///< Of `staged`, the columns that equal rows are equal in; `date` is one.
  /// Of `staged`, a column that must be equal, too, where both rows have it. It may become known
  /// or be forgotten between two merges.
  std::string owner;
  std::string in_target;  ///< A query of the target's rows: id, keys and owner by their names.

  [[nodiscard]] std::string all_keys() const { return owner.empty() ? keys : keys + ", " + owner; }
};

struct NewRows {
  std::int64_t count = 0;
  std::int64_t first_id = 0;  ///< In the target; they have ids one after the other.
};

/// Reads the source's rows, which `query` gives (id, staged), one parameter `?1` with the table's
/// name in the source; adds those that are new, in their order, and notes the ids of all of them
/// under `source_table`. Throws as Target::work() does, and SQLite::Exception for the source.
/// Afterwards temp.dblog_merge_staged has the source's rows (id, staged) and temp.dblog_merge_new
/// those of them that were added (target_id, source_id).
NewRows add_unmatched(SQLite::Database& source, const std::string& query,
                      const std::string& source_table, Target& target, const MatchedTable& table);

}  // namespace dblog::merge
