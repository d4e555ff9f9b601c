#include "src/journal/send_crashes.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "src/journal/crash_entry.hpp"
#include "src/journal/journal_writer.hpp"
#include "src/reader/reader.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::journal {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kMakeMark =
    "CREATE TABLE IF NOT EXISTS dblog_journal (id INTEGER PRIMARY KEY CHECK (id = 1), last_crash "
    "INTEGER NOT NULL)";
constexpr const char* kFirstMark =
    "INSERT OR IGNORE INTO dblog_journal (id, last_crash) SELECT 1, coalesce(max(id), 0) FROM "
    "crashes WHERE date < datetime('now', 'localtime', '-1 day')";
// Another tool may have come further.
constexpr const char* kMoveMark = "UPDATE dblog_journal SET last_crash = ?1 WHERE last_crash < ?1";
constexpr const char* kHasMark =
    "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'dblog_journal')";
constexpr const char* kNew =
    "SELECT id FROM crashes WHERE id > (SELECT last_crash FROM dblog_journal) ORDER BY id LIMIT 20";

void make_mark(SQLite::Database& database) {
  if (database.execAndGet(kHasMark).getInt() != 0) return;
  SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
  database.exec(kMakeMark);
  database.exec(kFirstMark);
  transaction.commit();
}

std::vector<std::int64_t> new_crashes(SQLite::Database& database) {
  std::vector<std::int64_t> ids;
  SQLite::Statement query{database, kNew};
  while (query.executeStep()) ids.push_back(query.getColumn(0).getInt64());
  return ids;
}

void move_mark(SQLite::Database& database, std::int64_t id) {
  SQLite::Statement update{database, kMoveMark};
  update.bind(1, id);
  update.exec();
}

// Opened when there is something to send.
struct Ends {
  reader::Reader reader;
  JournalWriter writer;
};

base::Result<Ends> open_ends(const std::filesystem::path& database) {
  auto reader = reader::Reader::open(database);
  if (!reader) return reader.error();
  auto writer = JournalWriter::open();
  if (!writer) return writer.error();
  return Ends{std::move(*reader), std::move(*writer)};
}

std::optional<base::Error> send(Ends& ends, const std::filesystem::path& database, std::int64_t id,
                                Clock::time_point end) {
  const auto crash = ends.reader.core({reader::kCrashTable, id});
  if (!crash) {  // withdrawn or deleted since
    return crash.error().code == base::ErrorCode::not_found ? std::nullopt
                                                            : std::optional{crash.error()};
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return ends.writer.write(crash_entry(*crash, database.native()),
                           std::max(left, std::chrono::milliseconds{0}));
}

base::Result<int> send_new(sqlite::RetryingDatabase& opened, const std::filesystem::path& path,
                           Clock::time_point end) {
  make_mark(opened.start());
  std::optional<Ends> ends;
  int sent = 0;
  while (Clock::now() < end) {
    const auto ids = new_crashes(opened.start());
    if (ids.empty()) break;
    if (!ends) {
      auto both = open_ends(path);
      if (!both) return both.error();
      ends.emplace(std::move(*both));
    }
    std::int64_t last = 0;
    std::optional<base::Error> failure;
    for (const std::int64_t id : ids) {
      failure = send(*ends, path, id, end);
      if (failure) break;
      last = id;
      ++sent;
    }
    if (last != 0) move_mark(opened.start(), last);
    if (failure) return *failure;
  }
  return sent;
}

}  // namespace

base::Result<int> send_crashes(const std::filesystem::path& database,
                               std::chrono::milliseconds limit) {
  constexpr std::chrono::seconds kLockWait{5};
  try {
    sqlite::RetryingDatabase opened{database.native(), sqlite::Access::write, kLockWait};
    return send_new(opened, database, Clock::now() + limit);
  } catch (const sqlite::StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& failure) {
    return sqlite::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(),
                                database.native());
  }
}

}  // namespace dblog::journal
