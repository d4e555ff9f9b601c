// Opening, and the settings that keep a hostile schema from doing harm.
#include "src/sqlite/guarded_database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include "src/base/parent_directory.hpp"
#include "src/base/trusted_file.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::sqlite {
namespace {

std::string uri_of(std::string_view file, const char* parameter) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '%' || c == '?' || c == '#') {
      uri += {'%', kHex[byte >> 4], kHex[byte & 0xf]};
    } else {
      uri += c;
    }
  }
  return uri + '?' + parameter;
}

// One thread at a time is in a connection, so SQLite's own mutex is not needed.
SQLite::Database open_database(const std::string& path, Access access, const char* vfs) {
  const int always = SQLite::OPEN_NOMUTEX | SQLite::OPEN_NOFOLLOW;
  switch (access) {
    case Access::write:
      return {path, SQLite::OPEN_READWRITE | always, 0, vfs};
    case Access::read:
      return {path, SQLite::OPEN_READONLY | always, 0, vfs};
    case Access::read_others:
    case Access::read_immutable:
      break;
  }
  // https://sqlite.org/uri.html; readonly_shm: os_unix.c
  const char* const how = access == Access::read_others ? "readonly_shm=1" : "immutable=1";
  return {uri_of(path, how), SQLite::OPEN_READONLY | SQLite::OPEN_URI | always, 0, vfs};
}

base::OpenedFile look_at(const std::string& path) {
  return base::opened_file(
      base::away_from_standard_streams(base::ParentDirectory{path.c_str()}.open(O_PATH)));
}

// The list of a file's locks is shared by all connections of one SQLite, and the index's
// descriptor, too: what is lost stays in use as long as one of them does.
GuardedFiles guard_unlost_files(const std::string& path, Access access) {
  const GuardedFiles files = guard_files(path, access);
  if (has_lost_descriptors(files.key)) {
    throw StoreError({base::ErrorCode::io, path,
                      "the program has closed descriptors of a connection that it has open to this "
                      "database itself; call sqlite3_close() for that one"});
  }
  return files;
}

// NORMAL: a commit is in the kernel's hands, so it survives the process; only a checkpoint waits
// for the disk. foreign_keys: off as for the crash connection, a crash row must never be refused.
constexpr const char* kWriteSettings =
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA foreign_keys = OFF;"
    "PRAGMA journal_size_limit = 4194304;";

// A schema must not call functions that it should not; damaged pages must be seen; and what takes
// no steps of SQLite's machine, which a progress handler counts, must be short.
void distrust_content(sqlite3* database) {
  constexpr int kLongestPattern = 500;
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, kLongestPattern);
}

}  // namespace

GuardedDatabase::GuardedDatabase(const std::string& path, Access access, RetryBackoff& backoff,
                                 crash::WalWriteBuffer* wal_write_buffer)
    : path_(path),
      directory_(std::filesystem::path(path).parent_path().native()),
      files_(guard_unlost_files(path, access)),
      registered_(vfs_over(files_.vfs, wal_write_buffer)),
      database_(open_database(path, access, registered_.name())),
      file_(look_at(path)) {
  try {
    set_up(path, access, backoff);
  } catch (const SQLite::Exception& failure) {
    // SQLite would write what it has in its log into a file that is not understood.
    sqlite3* const handle = database_->getHandle();
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    const StoreError error(sqlite_error(failure.getExtendedErrorCode(),
                                        sqlite3_system_errno(handle), failure.what(), path));
    close();
    throw error;
  } catch (...) {
    close();
    throw;
  }
}

GuardedDatabase::~GuardedDatabase() { close(); }

void GuardedDatabase::close() noexcept {
  const Leaving leaving{files_.key};
  if (has_lost_descriptors()) {
    sqlite3_db_config(database_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  database_.reset();
  base::close_if_still_open(file_);
}

GuardedDatabase::Place GuardedDatabase::place(struct stat& found) const noexcept {
  found = {};
  found.st_size = -1;
  if (base::has_left_its_place(file_, path_.c_str(), directory_.c_str(), &found)) {
    return Place::left;
  }
  return found.st_size == 0 ? Place::its_own_but_empty : Place::its_own;
}

sqlite3_vfs* GuardedDatabase::vfs_over(const sqlite3_vfs& real,
                                       crash::WalWriteBuffer* wal_write_buffer) noexcept {
  sqlite3_vfs* const guarded = vfs_.over(real, path_.c_str());
  return wal_write_buffer != nullptr ? wal_write_buffer->over(*guarded) : guarded;
}

void GuardedDatabase::set_up(const std::string& path, Access access, RetryBackoff& backoff) {
  constexpr int kStepsBetweenLooks = 5'000;  // some 0.1 ms
  sqlite3* const handle = database_->getHandle();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_handler(handle, &RetryBackoff::busy_handler, &backoff);
  sqlite3_progress_handler(handle, kStepsBetweenLooks, &RetryBackoff::progress_handler, &backoff);
  distrust_content(handle);
  if (access != Access::write) {
    database_->exec("PRAGMA cell_size_check = ON");
    return;
  }
  if (sqlite3_db_readonly(handle, "main") != 0) {
    throw StoreError(sqlite_error(SQLITE_READONLY, EACCES, "", path));
  }
  database_->exec(kWriteSettings);
}

}  // namespace dblog::sqlite
