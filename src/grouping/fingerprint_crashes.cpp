#include "src/grouping/fingerprint_crashes.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "src/grouping/crash_group_states.hpp"
#include "src/grouping/scrub_crashes.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::grouping {
namespace {

// Bounds the memory of one round, and how long it holds the write lock.
constexpr std::int64_t kRoundSize = 200;
// As src/symbols/ leaves them: a frame that it has looked at has a name_source, found or not.
constexpr const char* kCrashes =
    "SELECT id FROM crashes WHERE fingerprint IS NULL AND NOT EXISTS (SELECT 1 FROM frames WHERE "
    "crash_id = crashes.id AND thread = crashes.tid AND name_source IS NULL AND function IS NULL) "
    "ORDER BY id LIMIT ?1";
constexpr const char* kStacks =
    "SELECT id FROM stacks WHERE fingerprint IS NULL AND NOT EXISTS (SELECT 1 FROM stack_frames "
    "WHERE stack_id = stacks.id AND name_source IS NULL AND function IS NULL) ORDER BY id LIMIT ?1";

constexpr const char* kNoteOfCrash =
    "UPDATE crashes SET fingerprint = ?1 WHERE id = ?2 AND fingerprint IS NULL";
constexpr const char* kNoteOfStack =
    "UPDATE stacks SET fingerprint = ?1 WHERE id = ?2 AND fingerprint IS NULL";

struct Found {
  GroupedRow row;
  StoredFingerprint fingerprint;
};

std::vector<Found> read_rows(SQLite::Database& database, bool is_of_crashes, std::int64_t limit) {
  std::vector<Found> found;
  FingerprintReader reader{database};
  SQLite::Statement rows{database, is_of_crashes ? kCrashes : kStacks};
  rows.bind(1, limit);
  while (rows.executeStep()) {
    const GroupedRow row{is_of_crashes, rows.getColumn(0).getInt64()};
    if (auto fingerprint = reader.read(row)) found.push_back({row, *std::move(fingerprint)});
  }
  return found;
}

/// How many rows got theirs; others may have been quicker.
std::int64_t write(SQLite::Database& database, bool is_of_crashes, const std::vector<Found>& found,
                   const OnMoved& on_moved) {
  std::optional<SQLite::Transaction> transaction;
  if (found.empty()) return 0;
  if (sqlite3_get_autocommit(database.getHandle()) != 0) {
    transaction.emplace(database, SQLite::TransactionBehavior::IMMEDIATE);
  }
  if (is_of_crashes) scrub_new_crashes(database, found.front().row.id, found.back().row.id);
  CrashGroups groups{database};
  FingerprintAliases aliases{database};
  SQLite::Statement note{database, is_of_crashes ? kNoteOfCrash : kNoteOfStack};
  std::int64_t count = 0;
  for (const Found& one : found) {
    const Fingerprint& present = one.fingerprint.present;
    const std::string text = aliases.group_of(one.fingerprint);
    note.reset();
    note.bind(1, text);
    note.bind(2, one.row.id);
    const int changed = note.exec();
    count += changed;
    if (changed == 0) continue;
    if (text == present.text) note_parts(database, present);
    aliases.add(one.row, one.fingerprint, on_moved);
    if (is_of_crashes) groups.add(text, one.row.id);
  }
  if (transaction) transaction->commit();
  return count;
}

std::int64_t fill(SQLite::Database& database, bool is_of_crashes, std::int64_t limit,
                  const OnMoved& on_moved) {
  std::int64_t count = 0;
  while (limit > 0) {
    const auto found = read_rows(database, is_of_crashes, std::min(limit, kRoundSize));
    count += write(database, is_of_crashes, found, on_moved);
    if (static_cast<std::int64_t>(found.size()) < kRoundSize) break;
    limit -= kRoundSize;
  }
  return count;
}

}  // namespace

base::Result<FingerprintCounts> fingerprint_crashes(SQLite::Database& database, std::int64_t limit,
                                                    const OnMoved& on_moved) {
  try {
    FingerprintCounts counts;
    counts.crashes = fill(database, true, limit, on_moved);
    counts.stacks = fill(database, false, limit, on_moved);
    return counts;
  } catch (const SQLite::Exception& failure) {
    return sqlite::sqlite_error(failure.getExtendedErrorCode(),
                                sqlite3_system_errno(database.getHandle()), failure.what(),
                                database.getFilename());
  } catch (const std::exception& failure) {
    return base::Error{base::ErrorCode::io, database.getFilename(), failure.what()};
  }
}

base::Result<FingerprintCounts> fingerprint_crashes(const std::filesystem::path& path,
                                                    std::int64_t limit, const OnMoved& on_moved) {
  constexpr std::chrono::seconds kLockWait{5};
  constexpr std::chrono::minutes kLongest{10};  // a million crashes
  try {
    const auto file = sqlite::existing_database(path);
    if (!file) return file.error();
    sqlite::RetryingDatabase opened{file->native(), sqlite::Access::write, kLockWait};
    SQLite::Database& database = opened.start(kLongest);
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version != schema::kVersion) return FingerprintCounts{};
    return fingerprint_crashes(database, limit, on_moved);
  } catch (const sqlite::StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& failure) {
    return sqlite::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(), path.native());
  }
}

}  // namespace dblog::grouping
