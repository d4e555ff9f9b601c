#include "src/grouping/fingerprint_crashes.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/grouping/fingerprint.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::grouping {
namespace {

// Bounds the memory of one round, and how long it holds the write lock.
constexpr std::int64_t kRoundSize = 200;
// A captured stack has 256 frames, and inlined ones besides.
constexpr const char* kFramesOfCrash =
    "SELECT function, module, build_id, offset FROM frames WHERE crash_id = ?1 AND thread = ?2 "
    "ORDER BY depth, inlined DESC, rowid LIMIT 1024";
constexpr const char* kFramesOfStack =
    "SELECT function, module, build_id, offset FROM stack_frames WHERE stack_id = ?1 "
    "ORDER BY depth, inlined DESC, rowid LIMIT 1024";
// As src/symbols/ leaves them: a frame that it has looked at has a name_source, found or not.
constexpr const char* kCrashes =
    "SELECT id, tid, kind, signal_name, exception_type, msg, executable, signal_code, "
    "fault_address, access, cause, killed_by, sender_pid FROM crashes "
    "WHERE fingerprint IS NULL AND NOT EXISTS (SELECT 1 FROM frames WHERE crash_id = crashes.id "
    "AND thread = crashes.tid AND name_source IS NULL AND function IS NULL) ORDER BY id LIMIT ?1";
constexpr const char* kStacks =
    "SELECT id FROM stacks WHERE fingerprint IS NULL AND NOT EXISTS (SELECT 1 FROM stack_frames "
    "WHERE stack_id = stacks.id AND name_source IS NULL AND function IS NULL) ORDER BY id LIMIT ?1";

constexpr const char* kNoteOfCrash =
    "UPDATE crashes SET fingerprint = ?1 WHERE id = ?2 AND fingerprint IS NULL";
constexpr const char* kNoteOfStack =
    "UPDATE stacks SET fingerprint = ?1 WHERE id = ?2 AND fingerprint IS NULL";

struct Found {
  std::int64_t id;
  Fingerprint fingerprint;
};

std::vector<Frame> read_frames(SQLite::Statement& statement) {
  std::vector<Frame> frames;
  while (statement.executeStep()) {
    frames.push_back({statement.getColumn(0).getString(), statement.getColumn(1).getString(),
                      statement.getColumn(2).getString(), statement.getColumn(3).getString()});
  }
  return frames;
}

std::vector<Found> read_crashes(SQLite::Database& database, std::int64_t limit) {
  std::vector<Found> found;
  SQLite::Statement crashes{database, kCrashes};
  SQLite::Statement frames{database, kFramesOfCrash};
  crashes.bind(1, limit);
  while (crashes.executeStep()) {
    const std::int64_t id = crashes.getColumn(0).getInt64();
    frames.reset();
    frames.bind(1, id);
    frames.bind(2, crashes.getColumn(1).getInt64());
    const auto text = [&](int column) { return crashes.getColumn(column).getString(); };
    const auto number = [&](int column) {
      return crashes.getColumn(column).isInteger()
                 ? std::optional{crashes.getColumn(column).getInt64()}
                 : std::nullopt;
    };
    const Crash crash{.kind = text(2),
                      .signal_name = text(3),
                      .exception_type = text(4),
                      .message = text(5),
                      .executable = text(6),
                      .signal_code = number(7),
                      .fault_address = text(8),
                      .access = text(9),
                      .cause = text(10),
                      .has_sender = number(12).has_value(),
                      .killed_by = number(11),
                      .frames = read_frames(frames)};
    found.push_back({id, crash_fingerprint(crash)});
  }
  return found;
}

std::vector<Found> read_stacks(SQLite::Database& database, std::int64_t limit) {
  std::vector<Found> found;
  SQLite::Statement stacks{database, kStacks};
  SQLite::Statement frames{database, kFramesOfStack};
  stacks.bind(1, limit);
  while (stacks.executeStep()) {
    const std::int64_t id = stacks.getColumn(0).getInt64();
    frames.reset();
    frames.bind(1, id);
    found.push_back({id, stack_fingerprint(read_frames(frames))});
  }
  return found;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "\n") + part;
  return text;
}

/// How many rows got theirs by `note`; others may have been quicker.
std::int64_t write(SQLite::Database& database, const char* note, const std::vector<Found>& found) {
  std::optional<SQLite::Transaction> transaction;
  if (found.empty()) return 0;
  if (sqlite3_get_autocommit(database.getHandle()) != 0) {
    transaction.emplace(database, SQLite::TransactionBehavior::IMMEDIATE);
  }
  SQLite::Statement row{database, note};
  SQLite::Statement parts{database, "INSERT OR IGNORE INTO fingerprint_parts VALUES (?1, ?2, ?3)"};
  std::int64_t count = 0;
  for (const Found& one : found) {
    row.reset();
    row.bind(1, one.fingerprint.text);
    row.bind(2, one.id);
    count += row.exec();
    parts.reset();
    parts.bind(1, one.fingerprint.text);
    if (one.fingerprint.place.empty()) {
      parts.bind(2);
    } else {
      parts.bind(2, one.fingerprint.place);
    }
    parts.bind(3, joined(one.fingerprint.parts));
    parts.exec();
  }
  if (transaction) transaction->commit();
  return count;
}

template <typename Read>
std::int64_t fill(SQLite::Database& database, const char* note, std::int64_t limit, Read read) {
  std::int64_t count = 0;
  while (limit > 0) {
    const std::vector<Found> found = read(database, std::min(limit, kRoundSize));
    count += write(database, note, found);
    if (static_cast<std::int64_t>(found.size()) < kRoundSize) break;
    limit -= kRoundSize;
  }
  return count;
}

}  // namespace

base::Result<FingerprintCounts> fingerprint_crashes(SQLite::Database& database,
                                                    std::int64_t limit) {
  try {
    FingerprintCounts counts;
    counts.crashes = fill(database, kNoteOfCrash, limit, read_crashes);
    counts.stacks = fill(database, kNoteOfStack, limit, read_stacks);
    return counts;
  } catch (const SQLite::Exception& failure) {
    return store::sqlite_error(failure.getExtendedErrorCode(),
                               sqlite3_system_errno(database.getHandle()), failure.what(),
                               database.getFilename());
  } catch (const std::exception& failure) {
    return base::Error{base::ErrorCode::io, database.getFilename(), failure.what()};
  }
}

base::Result<FingerprintCounts> fingerprint_crashes(const std::filesystem::path& path,
                                                    std::int64_t limit) {
  constexpr std::chrono::seconds kLockWait{5};
  constexpr std::chrono::minutes kLongest{10};  // a million crashes
  try {
    const auto file = store::existing_database(path);
    if (!file) return file.error();
    store::RetryingDatabase opened{file->native(), store::Access::write, kLockWait};
    SQLite::Database& database = opened.start(kLongest);
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version != schema::kVersion) return FingerprintCounts{};
    return fingerprint_crashes(database, limit);
  } catch (const store::StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& failure) {
    return store::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(), path.native());
  }
}

}  // namespace dblog::grouping
