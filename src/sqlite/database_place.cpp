// Finding, checking and making the database file without opening it.
#include "src/sqlite/database_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "src/base/parent_directory.hpp"
#include "src/base/resolved_path.hpp"
#include "src/base/trusted_file.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr int kMaxTries = 8;
constexpr std::array kSideFiles = {"-wal", "-shm", "-journal"};
constexpr std::array kFiles = {"", "-wal", "-shm", "-journal"};

base::Error place_error(base::ErrorCode code, const fs::path& path, std::string why) {
  return {code, text::one_line(path.native(), kMaxDatabasePathBytes), std::move(why)};
}

base::Error place_error(const std::error_code& reason, const fs::path& path) {
  switch (reason.value()) {
    case ENOENT:
      return place_error(base::ErrorCode::not_found, path,
                         "no such directory; make it or set $DBLOG_DB to another place");
    case ENOTDIR:
      return place_error(base::ErrorCode::invalid_argument, path,
                         "part of this path is a file, not a directory; correct the path");
    case EACCES:
    case EPERM:
      return place_error(base::ErrorCode::permission, path,
                         "permission denied; make the directory writable or set $DBLOG_DB to "
                         "another place");
    case EROFS:
      return place_error(base::ErrorCode::permission, path,
                         "the file system is read-only; set $DBLOG_DB to another place");
    case ENOSPC:
    case EDQUOT:
      return place_error(base::ErrorCode::disk_full, path,
                         reason.message() + "; free some space or set $DBLOG_DB to another place");
    case EMFILE:
    case ENFILE:
      return place_error(base::ErrorCode::io, path, kTooManyOpenFiles);
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
      return place_error(base::ErrorCode::invalid_argument, path,
                         reason.message() + "; correct the path");
    default:
      return place_error(base::ErrorCode::io, path, reason.message());
  }
}

std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

std::string with_suffix(const base::ParentDirectory& parent, const char* suffix) {
  return std::string(parent.name()) + suffix;
}

bool is_there(const base::ParentDirectory& parent, const char* suffix = "") {
  struct stat status {};
  return parent.stat(with_suffix(parent, suffix).c_str(), status);
}

void remove(const base::ParentDirectory& parent, const char* suffix) {
  parent.unlink(with_suffix(parent, suffix).c_str());
}

// Makes an empty regular file if nothing is there; 0 or errno. mknod() needs no descriptor, so
// there is none whose closing could drop locks that another thread takes on the file right after.
int make_file(const base::ParentDirectory& parent) noexcept {
  if (parent.make_file(kOwnerOnly)) return 0;
  if (errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM && errno != EINVAL) return errno;
  // Some FUSE file systems and seccomp filters have no mknod().
  const int file = parent.open(O_RDWR | O_CREAT | O_EXCL, kOwnerOnly);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

// Excludes the other processes that are about to make a database in the same directory.
class DirectoryLock {
 public:
  explicit DirectoryLock(const base::ParentDirectory& directory)
      : descriptor_(directory.open(".", O_RDONLY | O_DIRECTORY)) {
    constexpr int kTries = 100;
    constexpr std::chrono::milliseconds kPause{10};
    for (int i = 0; descriptor_ >= 0 && !held_ && i < kTries; ++i) {
      held_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
      if (!held_) std::this_thread::sleep_for(kPause);
    }
  }
  ~DirectoryLock() {
    if (descriptor_ < 0) return;
    // A child that was forked meanwhile has a copy of the descriptor: closing ours would not do.
    ::flock(descriptor_, LOCK_UN);
    ::close(descriptor_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  int descriptor_;
  bool held_ = false;
};

// Side files without a database belong to one that was deleted or moved away, perhaps while some
// process still has it open. That process would share the new database's -shm, and its idea of
// where the rows are, with all others, which corrupts the new one. They must go first.
int make_file_without_old_side_files(const fs::path& path) {
  const base::ParentDirectory parent(path.c_str());
  bool any = false;
  for (const char* suffix : kSideFiles) any = any || is_there(parent, suffix);
  if (!any) return make_file(parent);
  const DirectoryLock lock(parent);
  if (lock.held() && !is_there(parent)) {
    for (const char* suffix : kSideFiles) remove(parent, suffix);
  }
  return make_file(parent);
}

// A log beside an empty file belongs to what was in it before it was truncated, and SQLite
// would believe its index of that log. The file goes, too: connections that are never closed hold
// locks on it, and no process could begin a database in there.
void remove_emptied(const fs::path& path) {
  const base::ParentDirectory parent(path.c_str());
  const auto has_side_files = [&parent] {
    return is_there(parent, "-wal") || is_there(parent, "-shm");
  };
  if (!has_side_files()) return;
  const DirectoryLock lock(parent);
  struct stat status {};
  // Another program may have done it, and begun a new database.
  if (!lock.held() || !has_side_files() || !parent.stat(status) || status.st_size != 0) {
    return;
  }
  for (const char* suffix : {"", "-wal", "-shm"}) remove(parent, suffix);
}

std::optional<base::Error> refuse_kind(const fs::path& path, mode_t mode) {
  if (S_ISREG(mode)) return std::nullopt;
  if (S_ISDIR(mode)) {
    return place_error(base::ErrorCode::invalid_argument, path,
                       "is a directory; name a file in it, such as LOGS.db");
  }
  return place_error(base::ErrorCode::invalid_argument, path,
                     "is no regular file; name another place for the database");
}

// A database is worth keeping: the advice is never to remove it.
std::string refusal_of(const fs::path& file, base::Distrust why) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return base::text_of(why);
  const bool is_of_group =
      status.st_gid == ::getegid() && base::trusted_writers() == base::TrustedWriters::owner;
  const bool would_group_do = is_of_group && (status.st_mode & S_IWOTH) == 0;
  const std::string group =
      would_group_do ? ", or set DBLOG_TRUST=group in the environment if its group is trusted" : "";
  if (why == base::Distrust::other_owner) {
    const std::string user = std::to_string(status.st_uid);
    return "belongs to user " + user + "; run as that user (sudo -u '#" + user +
           "' COMMAND), or set $DBLOG_DB or --db to another place" + group;
  }
  if (why != base::Distrust::writable_by_others) return base::text_of(why);
  const std::string name = text::one_line(file.native(), kMaxDatabasePathBytes);
  return "can be written by others; run 'chmod go-w " + name + "'" + group;
}

std::optional<base::Error> refuse_distrusted_file(const fs::path& file) {
  const base::Distrust why = base::judge_file_at(file.c_str());
  if (why == base::Distrust::none || why == base::Distrust::missing) return std::nullopt;
  return place_error(base::ErrorCode::permission, file, refusal_of(file, why));
}

// A link that others made, or moved, leads where they want.
base::Error refused_link(const fs::path& link) {
  struct stat status {};
  const bool is_there = ::lstat(link.c_str(), &status) == 0;
  const char* why = "is a link that another user made; remove it or set $DBLOG_DB to another place";
  if (is_there && base::is_link_trusted(status)) {
    why =
        "is a link in a directory that another user owns or everyone can write; name the file "
        "that it leads to";
  } else if (is_there && status.st_uid == ::geteuid()) {
    why =
        "is a link of the user who runs this program, which has more rights; name a path without "
        "links";
  }
  return place_error(base::ErrorCode::permission, link, why);
}

// An absolute path, made free of links; `failed` says why not, unless it is a link's fault.
base::Result<fs::path> without_links(const fs::path& path, std::error_code& failed) {
  const auto resolved = std::make_unique<base::ResolvedPath>();
  const int error = base::resolve(path.c_str(), *resolved);
  if (error == EPERM) return refused_link(resolved->text);
  failed.assign(error, std::generic_category());
  return fs::path(resolved->text);
}

base::Result<fs::path> find_place(const fs::path& path) {
  const fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") return *refuse_kind(path, S_IFDIR);
  std::error_code failed;
  base::Result<fs::path> place = without_links(path, failed);
  if (!place) return place;
  if (failed) return place_error(failed, path.parent_path());
  if (place->native().size() > kMaxDatabasePathBytes) {
    return place_error(base::ErrorCode::invalid_argument, *place,
                       "this path has " + std::to_string(place->native().size()) +
                           " bytes, SQLite takes " + std::to_string(kMaxDatabasePathBytes) +
                           "; choose a shorter one");
  }
  return place;
}

base::Result<fs::path> find_or_make(const fs::path& requested, bool makes) {
  if (requested.empty() || requested.native().find('\0') != std::string::npos) {
    return base::Error{base::ErrorCode::invalid_argument, "database",
                       "the path is empty or has a NUL in it; name a file, such as LOGS.db"};
  }
  std::error_code failed;
  const fs::path absolute = fs::absolute(requested, failed);
  if (failed) return place_error(failed, requested);
  // A file or link that another process makes meanwhile needs the same checks.
  for (int step = 0; step < kMaxTries; ++step) {
    base::Result<fs::path> place = find_place(absolute);
    if (!place) return place.error();
    const fs::path path = *std::move(place);
    struct stat status {};
    const bool exists = ::lstat(path.c_str(), &status) == 0;
    if (!exists && errno != ENOENT) return place_error(last_error(), path);
    if (exists && S_ISLNK(status.st_mode)) continue;
    if (exists) {
      if (auto refused = refuse_kind(path, status.st_mode)) return *std::move(refused);
    }
    if (auto refused = refuse_distrusted_file(path)) return *std::move(refused);
    if (!makes) return path;
    if (auto refused = refuse_distrusted_files(path)) return *std::move(refused);
    if (exists && status.st_size == 0) remove_emptied(path);
    if (exists && is_there(base::ParentDirectory(path.c_str()))) return path;
    const int error = make_file_without_old_side_files(path);
    if (error == 0) return path;
    if (error != EEXIST) return place_error({error, std::generic_category()}, path);
  }
  return place_error(std::make_error_code(std::errc::too_many_symbolic_link_levels), requested);
}

}  // namespace

std::optional<base::Error> refuse_distrusted_files(const fs::path& database) {
  for (const char* suffix : kFiles) {
    if (auto refused = refuse_distrusted_file(fs::path(database) += suffix)) return refused;
  }
  return std::nullopt;
}

base::Distrust judge_side_file(const struct stat& status, uid_t owner) noexcept {
  if (!S_ISREG(status.st_mode)) return base::Distrust::not_regular;
  const bool is_known =
      status.st_uid == owner || status.st_uid == ::geteuid() || status.st_uid == 0;
  return is_known ? base::Distrust::none : base::judge_file(status);
}

std::optional<base::Error> refuse_side_files_of_others(const fs::path& database) {
  struct stat status {};
  if (::stat(database.c_str(), &status) != 0) return std::nullopt;
  const uid_t owner = status.st_uid;
  for (const char* suffix : kSideFiles) {
    const fs::path file = fs::path(database) += suffix;
    if (::lstat(file.c_str(), &status) != 0) continue;
    const base::Distrust why = judge_side_file(status, owner);
    if (why == base::Distrust::none) continue;
    return place_error(base::ErrorCode::permission, file, refusal_of(file, why));
  }
  return std::nullopt;
}

base::Result<fs::path> existing_database(const fs::path& requested) {
  std::error_code failed;
  base::Result<fs::path> real = without_links(fs::absolute(requested), failed);
  if (!real) return real;
  struct stat status {};
  if (!failed && ::lstat(real->c_str(), &status) != 0) failed = last_error();
  if (!failed) return real;
  return base::Error{base::ErrorCode::not_found, requested.string(),
                     failed == std::errc::no_such_file_or_directory
                         ? "no such file; --db names another one"
                         : failed.message()};
}

base::Result<fs::path> prepare_database_place(const fs::path& requested) {
  return find_or_make(requested, true);
}

base::Result<fs::path> check_database_place(const fs::path& requested) {
  return find_or_make(requested, false);
}

}  // namespace dblog::sqlite
