// Whose files the program's SQLite opens for our databases. It opens a database's -shm past every
// VFS, so its open() is replaced, for the whole process; for all other files that calls what was
// there before. So do its close() and fcntl(), which keep away from descriptors that the program
// has taken back (open_descriptors.hpp).
// Used by GuardedDatabase. Threads: any.
#pragma once

#include <sqlite3.h>

#include <string>

#include "src/sqlite/open_descriptors.hpp"

namespace dblog::sqlite {

enum class Access {
  write,  ///< the owner rule (src/base/trusted_file.hpp) for the database and its sidecar files
  read,   ///< any database; sidecar files of its owner, the effective user or root
  read_others,    ///< as read, for another user's: no sidecar file is made or written
  read_immutable  ///< as read, without locks and sidecar files
};

struct GuardedFiles {
  const sqlite3_vfs& vfs;  ///< to open the database with
  DatabaseKey key;
};

/// From here on, the files of the database at `path` (absolute, without links) are opened by the
/// rule of `access`; once opened for writing, always by that one.
/// Throws StoreError if the file may not be used, or SQLite cannot be guarded.
GuardedFiles guard_files(const std::string& path, Access access);

}  // namespace dblog::sqlite
