// Where the database may lie, and making the file there. Done with every opening, before SQLite
// sees the path: SQLite would follow links and make the file readable for others.
// Must never open an existing database: closing any descriptor of the file drops the POSIX locks
// that this process's SQLite has on it (fcntl(2)).
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>

#include "src/base/result.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::sqlite {

/// SQLite's limit on Linux (512) less the room for "-journal".
inline constexpr std::size_t kMaxDatabasePathBytes = 504;

/// The absolute path of the database, without links in it; made empty, with mode 0600 less the
/// umask, if there was none. The directory must exist.
///
/// Refused are directories, FIFOs, devices; a link, in any part of the path, that belongs neither
/// to root nor to the effective user; and what refuse_distrusted_files() refuses. An existing file
/// is not looked into.
[[nodiscard]] base::Result<std::filesystem::path> prepare_database_place(
    const std::filesystem::path& requested);

/// The same, but makes and removes nothing, and sidecar files may be of any kind: for those who
/// write something else beside the database.
[[nodiscard]] base::Result<std::filesystem::path> check_database_place(
    const std::filesystem::path& requested);

/// The same for a database that is there already, of any owner.
[[nodiscard]] base::Result<std::filesystem::path> existing_database(
    const std::filesystem::path& requested);

/// The owner rule (src/base/trusted_file.hpp) for the database and its sidecar files (-wal, -shm,
/// -journal) as they are now, with what to do; nothing if they may be used or are not there. Each
/// is looked at once more when it is opened (file_guard.hpp).
[[nodiscard]] std::optional<base::Error> refuse_distrusted_files(
    const std::filesystem::path& database);

/// The rule for the sidecar files of a database that is only read: they belong to its owner, the
/// effective user or root, or pass the owner rule.
[[nodiscard]] base::Distrust judge_side_file(const struct stat& status, uid_t owner) noexcept;

/// That rule for the sidecar files as they are now, with what to do.
[[nodiscard]] std::optional<base::Error> refuse_side_files_of_others(
    const std::filesystem::path& database);

}  // namespace dblog::sqlite
