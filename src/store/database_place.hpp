// Where the database may lie, and making the file there. Done with every opening, before SQLite
// sees the path: SQLite would follow links and make the file readable for others.
// Used by the store and by install_handlers(). Must never open an existing database: closing any
// descriptor of the file drops the POSIX locks that this process's SQLite has on it (fcntl(2)).
#pragma once

#include <cstddef>
#include <filesystem>

#include "src/result/result.hpp"

namespace dblog::store {

/// SQLite's limit on Linux (512) less the room for "-journal".
inline constexpr std::size_t kMaxDatabasePathBytes = 504;

/// The absolute path of the database, without links in it; made empty, with mode 0600 less the
/// umask, if there was none. The directory must exist.
///
/// Refused are directories, FIFOs, devices; in a directory that others can write, a link that is
/// not ours; and in one that everybody can write (/tmp), a file that is not ours, be it the
/// database or one of its side files (-wal, -shm, -journal): anybody could have put it there.
/// An existing file is not looked into.
[[nodiscard]] Result<std::filesystem::path> prepare_database_place(
    const std::filesystem::path& requested);

}  // namespace dblog::store
