// A VFS of SQLite's that knows the files of one database and no others. What a database or a
// journal names, SQLite would open, and delete, as it is told: a super-journal, for one. Here that
// is an error, and nothing is deleted but the database's own journal and log. Whose these files may
// be is looked at where they are opened (src/base/trusted_file.hpp).
// One object for each connection, which it outlives. Context: crash time. Threads: as the
// connection.
#pragma once

#include <limits.h>
#include <sqlite3.h>

#include "src/base/parent_directory.hpp"

namespace dblog::crash {

class GuardedVfs {
 public:
  /// As `real`, which must outlive the object, for the database at `database`, an absolute path
  /// without links. To be registered, and named to sqlite3_open_v2().
  sqlite3_vfs* over(const sqlite3_vfs& real, const char* database) noexcept;

  [[nodiscard]] const char* name() const noexcept { return name_; }

 private:
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory);
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* result);

  static const GuardedVfs& of(const sqlite3_vfs* vfs) noexcept {
    return *static_cast<const GuardedVfs*>(vfs->pAppData);
  }
  [[nodiscard]] sqlite3_vfs* real() const noexcept { return const_cast<sqlite3_vfs*>(real_); }

  sqlite3_vfs vfs_{};
  char name_[40] = {};
  const sqlite3_vfs* real_ = nullptr;
  base::DirectoryIdentity directory_;  ///< where the database was when the VFS was made
  char database_[PATH_MAX] = {};
};

}  // namespace dblog::crash
