// The list of guarded databases, and the open() that looks at it; close() and fcntl(), which spare
// what is not SQLite's any more; stat(), which does not depend on preloaded libraries.
#include "src/sqlite/file_guard.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "src/base/bare_stat.hpp"
#include "src/base/parent_directory.hpp"
#include "src/base/trusted_file.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/open_descriptors.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::sqlite {
namespace {

// One a path, never removed: another thread may be in SQLite with it, also in a forked child.
struct Guarded {
  explicit Guarded(std::string of) : path(std::move(of)) {}
  const std::string path;
  std::atomic<bool> is_written{false};
  std::atomic<uid_t> owner{0};  // of the database, where it is only read
  std::atomic<dev_t> directory_device{0};
  std::atomic<ino_t> directory_inode{0};

  [[nodiscard]] bool is_in(const base::ParentDirectory& directory) const noexcept {
    return directory.identity() == base::DirectoryIdentity{directory_device, directory_inode};
  }
  const Guarded* next = nullptr;
};

std::atomic<Guarded*> first_guarded{nullptr};

using Open = int (*)(const char*, int, int);
using Close = int (*)(int);
using Fcntl = int (*)(int, int, ...);
using Unlink = int (*)(const char*);
std::atomic<sqlite3_syscall_ptr> previous_open{nullptr};
std::atomic<sqlite3_syscall_ptr> previous_close{nullptr};
std::atomic<sqlite3_syscall_ptr> previous_fcntl{nullptr};
std::atomic<sqlite3_syscall_ptr> previous_unlink{nullptr};
std::atomic<sqlite3_syscall_ptr> previous_stat{nullptr};
std::atomic<sqlite3_syscall_ptr> previous_fstat{nullptr};

bool is_of(std::string_view file, std::string_view database) noexcept {
  if (file.substr(0, database.size()) != database) return false;
  const std::string_view suffix = file.substr(database.size());
  return suffix.empty() || suffix == "-wal" || suffix == "-shm" || suffix == "-journal";
}

const Guarded* find_for(std::string_view file) noexcept {
  const Guarded* at = first_guarded.load(std::memory_order_acquire);
  while (at != nullptr && !is_of(file, at->path)) at = at->next;
  return at;
}

base::Distrust judge(const struct stat& status, const void* argument) noexcept {
  const Guarded& database = *static_cast<const Guarded*>(argument);
  if (database.is_written) return base::judge_file(status);
  return judge_side_file(status, database.owner);
}

int open_for(const Guarded* database, const char* path, int flags, int mode) {
  if (database == nullptr) {
    // Given the number of a standard stream that the program has closed, SQLite would leave
    // /dev/null there, also where it needs a file for a moment (/dev/urandom, a directory).
    const auto open = reinterpret_cast<Open>(previous_open.load());
    return base::away_from_standard_streams(open(path, flags, mode));
  }
  // Its owner may have put another real directory into this one's place: a database and a log that
  // do not belong together destroy each other.
  const base::ParentDirectory parent{path};
  if (!database->is_in(parent)) {
    errno = ESTALE;
    return -1;
  }
  base::Distrust why;
  return base::open_judged(parent, flags, judge, database, why);
}

int guarded_open(const char* path, int flags, int mode) {
  const Guarded* const database = find_for(path);
  const int descriptor = open_for(database, path, flags, mode);
  const int error = errno;
  note_opened(descriptor, database);
  errno = error;
  return descriptor;
}

int guarded_close(int descriptor) {
  return note_closed(descriptor) ? reinterpret_cast<Close>(previous_close.load())(descriptor) : 0;
}

// Where it says that nothing is done, SQLite gives locks back, which went when the file was closed.
int guarded_fcntl(int descriptor, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (!may_be_locked(descriptor)) return 0;
  return reinterpret_cast<Fcntl>(previous_fcntl.load())(descriptor, command, argument);
}

int guarded_unlink(const char* path) {
  const Guarded* const database = find_for(path);
  if (database == nullptr) return reinterpret_cast<Unlink>(previous_unlink.load())(path);
  const base::ParentDirectory parent{path};
  base::Distrust why{};
  return database->is_in(parent) && base::remove_trusted(parent, false, why) ? 0 : -1;
}

// Threads that do it at once do the same.
bool replace(sqlite3_vfs& vfs, const char* call, sqlite3_syscall_ptr ours,
             std::atomic<sqlite3_syscall_ptr>& previous) {
  const sqlite3_syscall_ptr present = vfs.xGetSystemCall(&vfs, call);
  if (present == ours) return true;
  if (present == nullptr) return false;
  // Replaced after us: what stands there now calls ours. Set back to the first: it does not.
  if (previous != nullptr && present != previous) return true;
  previous = present;
  return vfs.xSetSystemCall(&vfs, call, ours) == SQLITE_OK;
}

bool replace_system_calls(sqlite3_vfs& vfs) {
  return vfs.iVersion >= 3 && vfs.xSetSystemCall != nullptr &&
         replace(vfs, "close", reinterpret_cast<sqlite3_syscall_ptr>(&guarded_close),
                 previous_close) &&
         replace(vfs, "fcntl", reinterpret_cast<sqlite3_syscall_ptr>(&guarded_fcntl),
                 previous_fcntl) &&
         replace(vfs, "unlink", reinterpret_cast<sqlite3_syscall_ptr>(&guarded_unlink),
                 previous_unlink) &&
         replace(vfs, "stat", reinterpret_cast<sqlite3_syscall_ptr>(&base::bare_stat),
                 previous_stat) &&
         replace(vfs, "fstat", reinterpret_cast<sqlite3_syscall_ptr>(&base::bare_fstat),
                 previous_fstat) &&
         replace(vfs, "open", reinterpret_cast<sqlite3_syscall_ptr>(&guarded_open), previous_open);
}

Guarded& find_or_add(const std::string& path) {
  for (Guarded* at = first_guarded.load(); at != nullptr; at = const_cast<Guarded*>(at->next)) {
    if (at->path == path) return *at;
  }
  auto* const added = new Guarded{path};
  Guarded* first = first_guarded.load();
  do {
    added->next = first;
  } while (!first_guarded.compare_exchange_weak(first, added));
  return *added;
}

}  // namespace

GuardedFiles guard_files(const std::string& path, Access access) {
  if (access == Access::write) {
    if (auto refused = refuse_distrusted_files(path)) throw StoreError(*std::move(refused));
  }
  sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
  if (vfs == nullptr || !replace_system_calls(*vfs)) {
    throw StoreError({base::ErrorCode::io, path,
                      "this program's SQLite lacks the VFS 'unix', or its system calls cannot be "
                      "replaced; dblog cannot open databases safely with it"});
  }
  Guarded& guarded = find_or_add(path);
  const base::DirectoryIdentity directory = base::ParentDirectory{path.c_str()}.identity();
  guarded.directory_device = directory.device;
  guarded.directory_inode = directory.inode;
  struct stat status {};
  if (access == Access::write) {
    guarded.is_written = true;
  } else if (::stat(path.c_str(), &status) == 0) {
    guarded.owner = status.st_uid;
  }
  return {*vfs, &guarded};
}

}  // namespace dblog::sqlite
