// The fingerprint that a recorded crash or stack has, and the one that its rows make today.
// Called by those who fill fingerprints in and bring them up to date.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/grouping/fingerprint.hpp"

namespace dblog::grouping {

/// Which row: of `crashes`, or of `stacks`.
struct GroupedRow {
  bool is_crash = true;
  std::int64_t id = 0;
};

struct StoredFingerprint {
  std::string stored;   ///< Empty: none yet.
  Fingerprint present;  ///< By the rules and names of today.
  /// The same by positions alone, as if no frame had a name. Empty if they do not say which code it
  /// is: a frame of the program's has no build id, or lies in no module.
  std::string unnamed;
  std::set<std::string> unnamed_parts;  ///< As parts_without_names() gives them.

  /// How many of `parts`, which are of the same positions, are no position. Only for comparisons:
  /// what happened counts too, and is the same in all of them.
  [[nodiscard]] std::size_t names_in(const std::vector<std::string>& parts) const;

  [[nodiscard]] bool has_names() const { return !unnamed.empty() && unnamed != present.text; }
};

/// Throws SQLite::Exception. Threads: as the connection.
class FingerprintReader {
 public:
  explicit FingerprintReader(SQLite::Database& database);

  /// Nothing if there is no such row.
  std::optional<StoredFingerprint> read(const GroupedRow& row);

 private:
  std::optional<StoredFingerprint> read_crash(std::int64_t id);
  std::optional<StoredFingerprint> read_stack(std::int64_t id);

  SQLite::Statement crash_, frames_of_crash_, stack_, frames_of_stack_;
};

}  // namespace dblog::grouping
