// Context: crash time.
#include "handlers/sqlite/guarded_vfs.hpp"

#include <cstdint>
#include <string_view>

#include "src/base/parent_directory.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::crash {
namespace {

constexpr int kKnownVersion = 3;

// What SQLite hands over is the path as it was opened, and that with a suffix.
bool is_beside(std::string_view name, std::string_view database, std::string_view suffix) noexcept {
  return name.size() == database.size() + suffix.size() &&
         name.substr(0, database.size()) == database && name.ends_with(suffix);
}

bool is_log_or_journal(std::string_view name, std::string_view database) noexcept {
  return is_beside(name, database, "-wal") || is_beside(name, database, "-journal");
}

}  // namespace

sqlite3_vfs* GuardedVfs::over(const sqlite3_vfs& real, const char* database) noexcept {
  real_ = &real;
  directory_ = base::ParentDirectory{database}.identity();
  base::TextBuffer{database_} << database;  // one that is too long fits no name
  vfs_ = real;
  if (vfs_.iVersion > kKnownVersion) vfs_.iVersion = kKnownVersion;
  vfs_.pNext = nullptr;
  base::TextBuffer{name_} << "dblog-guarded-"
                          << std::int64_t{reinterpret_cast<std::intptr_t>(this)};
  vfs_.zName = name_;
  vfs_.pAppData = this;  // a VFS over this one has it too; the real one has its own
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  vfs_.xAccess = access;
  return &vfs_;
}

// Temporary files have no name yet.
int GuardedVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  const GuardedVfs& self = of(vfs);
  if (name != nullptr && std::string_view{name} != self.database_ &&
      !is_log_or_journal(name, self.database_)) {
    file->pMethods = nullptr;  // else SQLite would close it
    return SQLITE_CANTOPEN;
  }
  if (name != nullptr && base::ParentDirectory{name}.identity() != self.directory_) {
    file->pMethods = nullptr;
    return SQLITE_CANTOPEN;
  }
  return self.real_->xOpen(self.real(), name, file, flags, out);
}

int GuardedVfs::remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  const GuardedVfs& self = of(vfs);
  if (!is_log_or_journal(name, self.database_)) return SQLITE_IOERR_DELETE;
  const base::ParentDirectory parent{name};
  if (parent.identity() != self.directory_) return SQLITE_IOERR_DELETE;
  base::Distrust why{};
  if (base::remove_trusted(parent, sync_directory != 0, why)) return SQLITE_OK;
  return why == base::Distrust::missing ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
}

// "Not there" would make SQLite throw a journal away that belongs to several databases.
int GuardedVfs::access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  const GuardedVfs& self = of(vfs);
  if (std::string_view{name} != self.database_ && !is_log_or_journal(name, self.database_)) {
    return SQLITE_IOERR_ACCESS;
  }
  return self.real_->xAccess(self.real(), name, flags, result);
}

}  // namespace dblog::crash
