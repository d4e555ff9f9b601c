// Keeps one fault in one group when its frames get their names later, or some of its crashes do.
// docs/grouping.md has the rules. Called in the transaction that writes names or fingerprints.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/grouping/stored_fingerprint.hpp"

namespace dblog::grouping {

/// Crashes that went from one group to another.
struct MovedCrashes {
  std::string from;
  std::string to;
  std::vector<std::int64_t> crashes;
};

/// What others keep of a group; in the same transaction.
using OnMoved = std::function<void(SQLite::Database&, const MovedCrashes&)>;

/// The frames of `row` have got names: its fingerprint and its group follow, and with them all
/// that was in its group by the same positions, and what was decided about that. Does nothing to a
/// row without a fingerprint, or with one of other rules. Throws SQLite::Exception.
void regroup(SQLite::Database& database, const GroupedRow& row, const OnMoved& on_moved);

/// Which positions are which named frames: the table fingerprint_aliases. Does nothing in a
/// database that does not have the table yet. Throws SQLite::Exception.
class FingerprintAliases {
 public:
  explicit FingerprintAliases(SQLite::Database& database);

  /// The group that a row with this fingerprint belongs to: that of another at the same positions
  /// of which as many frames or more have had names, else its own.
  std::string group_of(const StoredFingerprint& fingerprint);

  /// Rows at the same positions, with no or fewer names, belong to the group of `fingerprint` from
  /// now on, and those that are there move to it. Does nothing if `fingerprint` has no names.
  void add(const GroupedRow& row, const StoredFingerprint& fingerprint, const OnMoved& on_moved);

 private:
  struct Alias {
    std::string named;
    std::vector<std::string> parts;
  };
  std::optional<Alias> find(const std::string& unnamed);

  SQLite::Database& database_;
  std::optional<SQLite::Statement> find_, add_;
};

/// Inserts what `fingerprint` was made of.
void note_parts(SQLite::Database& database, const Fingerprint& fingerprint);

}  // namespace dblog::grouping
