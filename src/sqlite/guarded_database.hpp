// How every connection of ordinary code to one of our databases is opened: its files belong to
// users who may own them (file_guard.hpp), it opens and deletes no others
// (handlers/sqlite/guarded_vfs.hpp), what it does ends with the back-off that it is given, and its
// schema is trusted as little as possible. Threads: one at a time.
#pragma once

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <string>

#include "handlers/sqlite/guarded_vfs.hpp"
#include "handlers/sqlite/wal_write_buffer.hpp"
#include "src/base/open_file_place.hpp"
#include "src/sqlite/file_guard.hpp"
#include "src/sqlite/retry_backoff.hpp"

namespace dblog::sqlite {

class GuardedDatabase {
 public:
  /// `path`: absolute, without links, of a file that exists. For writing, commits survive the
  /// process (synchronous = NORMAL). `backoff` must outlive the object and be started; start it
  /// again before each task. `wal_write_buffer`: of a connection that writes often. Throws
  /// StoreError, and SQLite::Exception if SQLite cannot open the file at all.
  GuardedDatabase(const std::string& path, Access access, RetryBackoff& backoff,
                  crash::WalWriteBuffer* wal_write_buffer = nullptr);
  ~GuardedDatabase();
  GuardedDatabase(const GuardedDatabase&) = delete;
  GuardedDatabase& operator=(const GuardedDatabase&) = delete;

  [[nodiscard]] SQLite::Database& operator*() noexcept { return *database_; }
  [[nodiscard]] SQLite::Database* operator->() noexcept { return &*database_; }

  /// Where the database is that this one writes to. One system call, where it is in its place.
  enum class Place {
    its_own,
    its_own_but_empty,  ///< another program has truncated it
    left                ///< it is not at the path: base::has_left_its_place()
  };
  /// `found` becomes what is at the path, where that can be seen.
  [[nodiscard]] Place place(struct stat& found) const noexcept;

  /// The program has closed descriptors of SQLite's: this connection must not be used any more.
  [[nodiscard]] bool has_lost_descriptors() const noexcept {
    return sqlite::has_lost_descriptors(files_.key);
  }

 private:
  // VACUUM looks for it by its name.
  class RegisteredVfs {
   public:
    explicit RegisteredVfs(sqlite3_vfs* vfs) : vfs_(vfs) { sqlite3_vfs_register(vfs_, 0); }
    ~RegisteredVfs() { sqlite3_vfs_unregister(vfs_); }
    RegisteredVfs(const RegisteredVfs&) = delete;
    RegisteredVfs& operator=(const RegisteredVfs&) = delete;
    [[nodiscard]] const char* name() const noexcept { return vfs_->zName; }

   private:
    sqlite3_vfs* vfs_;
  };

  sqlite3_vfs* vfs_over(const sqlite3_vfs& real, crash::WalWriteBuffer* wal_write_buffer) noexcept;
  void close() noexcept;
  void set_up(const std::string& path, Access access, RetryBackoff& backoff);

  std::string path_;
  std::string directory_;
  GuardedFiles files_;
  crash::GuardedVfs vfs_;
  RegisteredVfs registered_;
  std::optional<SQLite::Database> database_;
  base::OpenedFile file_;  ///< O_PATH: closing it drops no locks
};

/// One with a back-off of its own.
class RetryingDatabase {
 public:
  /// `wait`: for others who hold the database, while it is opened and in each task.
  RetryingDatabase(const std::string& path, Access access, std::chrono::milliseconds wait)
      : wait_(wait), backoff_(wait), database_(path, access, backoff_) {}

  /// For one task, which begins now and may work that long.
  SQLite::Database& start(
      RetryBackoff::Clock::duration work = RetryBackoff::kLongestWork) noexcept {
    backoff_.start(RetryBackoff::Clock::now() + wait_, work);
    return *database_;
  }
  /// In the middle of one.
  SQLite::Database& operator*() noexcept { return *database_; }
  RetryBackoff& backoff() noexcept { return backoff_; }

 private:
  std::chrono::milliseconds wait_;
  RetryBackoff backoff_;
  GuardedDatabase database_;
};

}  // namespace dblog::sqlite
