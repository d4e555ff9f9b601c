// Opening, and errors in words.
#include "src/outbox/outbox_database.hpp"

#include <sqlite3.h>

#include <cerrno>

#include "src/sqlite/migration.hpp"

namespace dblog::outbox {
namespace {

base::Error explained(const std::exception& failure, const std::string& path, int system_errno) {
  if (const auto* known = dynamic_cast<const sqlite::StoreError*>(&failure)) return known->error();
  if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&failure)) {
    return sqlite::sqlite_error(sqlite->getExtendedErrorCode(), system_errno, sqlite->what(), path);
  }
  return {base::ErrorCode::io, path, failure.what()};
}

}  // namespace

// A mark 'sent' that a power loss takes back means a message twice, never one lost.
OutboxDatabase::OutboxDatabase(std::string path)
    : path_(std::move(path)),
      backoff_(kPatience),
      opened_(path_, sqlite::Access::write, backoff_),
      database_(*opened_) {}

base::Result<std::unique_ptr<OutboxDatabase>> OutboxDatabase::open(
    const std::filesystem::path& path) {
  std::unique_ptr<OutboxDatabase> opened;
  try {
    opened.reset(new OutboxDatabase(path.string()));
    SQLite::Database& database = opened->database_;
    sqlite::bring_up_to_date(database, path.string(), opened->backoff_);
    return opened;
  } catch (const std::exception& failure) {
    // SQLite would write what it has in its log into a file that is not understood.
    if (opened) {
      sqlite3_db_config(opened->database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                        nullptr);
    }
    const int reason = opened ? sqlite3_system_errno(opened->database_.getHandle()) : 0;
    return explained(failure, path.string(), reason);
  }
}

SQLite::Statement& OutboxDatabase::prepared(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    found = statements_.emplace(sql, SQLite::Statement(database_, sql)).first;
  }
  return found->second;
}

base::Error OutboxDatabase::explain(const std::exception& failure) const {
  return explained(failure, path_, sqlite3_system_errno(database_.getHandle()));
}

}  // namespace dblog::outbox
