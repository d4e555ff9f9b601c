// What is known of each group of crashes beyond its crashes: since when it is known, and what a
// person decided about it. docs/grouping.md has the rules, also of how releases are compared.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/schema/group_state.hpp"
#include "src/sqlite/row.hpp"

namespace dblog::grouping {

/// What another database knows and has decided of a group.
struct ForeignState {
  sqlite::Row
      row;  ///< Of crash_group_states; its first_crash and regressed_by are ids of this one.
  std::vector<std::string> releases;  ///< Of crash_group_releases.
};

/// The groups of crashes that get their fingerprints. Does nothing in a database that does not have
/// the tables yet. For one transaction; throws SQLite::Exception.
class CrashGroups {
 public:
  explicit CrashGroups(SQLite::Database& database);

  /// A crash has just got this fingerprint. The group's first one makes it known; one after it was
  /// resolved may make it 'regressed'.
  void add(const std::string& fingerprint, std::int64_t crash);

  /// Crashes of the group `from` are in `to` now, maybe all of them. What was decided and noted
  /// about it, and since when it is known, holds for `to` as well; where both were decided, the
  /// later decision counts. A group without crashes is forgotten.
  void merge(const std::string& from, const std::string& to);

  /// The same for a group of another database, whose crashes are here by now. Whether a decision or
  /// a note came with it that was not known.
  bool adopt(const ForeignState& foreign);

 private:
  void regress_by_later_crashes(const std::string& fingerprint);

  SQLite::Database& database_;
  std::optional<SQLite::Statement> make_known_, regress_;
};

/// A time as the database has it: local date, and microseconds since 1970.
struct StoredTime {
  std::string local;
  std::int64_t utc = 0;
};

/// What a person changes. What is not set stays.
struct GroupChange {
  std::optional<schema::GroupState> state;  ///< Not `regressed`.
  std::string release;                      ///< With `resolved`; empty: no release is named.
  std::optional<StoredTime> muted_until;    ///< With `muted`.
  std::optional<std::string> note;          ///< Empty: there is none any more.
};

/// `fingerprint` is that of a group of crashes. Waits for others for 5
/// seconds at most. Fails as the store does.
std::optional<base::Error> change_group(const std::filesystem::path& database,
                                        const std::string& fingerprint, const GroupChange& change,
                                        const StoredTime& now);

}  // namespace dblog::grouping
