// The list of guarded databases, and the open() that looks at it.
#include "src/store/file_guard.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "src/base/trusted_file.hpp"
#include "src/store/database_place.hpp"
#include "src/store/sqlite_error.hpp"

namespace dblog::store {
namespace {

// One a path, never removed: another thread may be in SQLite with it, also in a forked child.
struct Guarded {
  explicit Guarded(std::string of) : path(std::move(of)) {}
  const std::string path;
  std::atomic<bool> is_written{false};
  std::atomic<uid_t> owner{0};  // of the database, where it is only read
  const Guarded* next = nullptr;
};

std::atomic<Guarded*> first_guarded{nullptr};

using Open = int (*)(const char*, int, int);
std::atomic<Open> previous_open{nullptr};

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
  if (!S_ISREG(status.st_mode)) return base::Distrust::not_regular;
  const bool is_known =
      status.st_uid == database.owner || status.st_uid == ::geteuid() || status.st_uid == 0;
  return is_known ? base::Distrust::none : base::Distrust::other_owner;
}

int guarded_open(const char* path, int flags, int mode) {
  const Guarded* const database = find_for(path);
  if (database == nullptr) {
    // Given the number of a standard stream that the program has closed, SQLite would leave
    // /dev/null there, also where it needs a file for a moment (/dev/urandom, a directory).
    return base::away_from_standard_streams(previous_open.load()(path, flags, mode));
  }
  base::Distrust why;
  return base::open_judged(path, flags, judge, database, why);
}

// Threads that do it at once do the same.
bool replace_open(sqlite3_vfs& vfs) {
  if (vfs.iVersion < 3 || vfs.xSetSystemCall == nullptr) return false;
  const auto ours = reinterpret_cast<sqlite3_syscall_ptr>(&guarded_open);
  const sqlite3_syscall_ptr present = vfs.xGetSystemCall(&vfs, "open");
  if (present == ours) return true;
  if (present == nullptr) return false;
  const auto previous = reinterpret_cast<sqlite3_syscall_ptr>(previous_open.load());
  // Replaced after us: what stands there now calls ours. Set back to the first: it does not.
  if (previous != nullptr && present != previous) return true;
  previous_open = reinterpret_cast<Open>(present);
  return vfs.xSetSystemCall(&vfs, "open", ours) == SQLITE_OK;
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

const sqlite3_vfs& guard_files(const std::string& path, Access access) {
  if (access == Access::write) {
    if (auto refused = refuse_distrusted_files(path)) throw StoreError(*std::move(refused));
  }
  sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
  if (vfs == nullptr || !replace_open(*vfs)) {
    throw StoreError({ErrorCode::io, path,
                      "this program's SQLite lacks the VFS 'unix', or its system calls cannot be "
                      "replaced; dblog cannot open databases safely with it"});
  }
  Guarded& guarded = find_or_add(path);
  struct stat status {};
  if (access == Access::write) {
    guarded.is_written = true;
  } else if (::stat(path.c_str(), &status) == 0) {
    guarded.owner = status.st_uid;
  }
  return *vfs;
}

}  // namespace dblog::store
