// Context: crash time. System calls only.
#include "src/base/trusted_file.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

#include "src/base/bare_stat.hpp"
#include "src/base/parent_directory.hpp"
#include "src/base/secure_execution.hpp"

namespace dblog::base {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

std::atomic<TrustedWriters> writers{TrustedWriters::owner};

bool is_owner_trusted(const struct stat& status) noexcept {
  return status.st_uid == 0 || status.st_uid == ::geteuid() ||
         (trusted_writers() == TrustedWriters::group && status.st_gid == ::getegid());
}

bool can_be_written_by_others(const struct stat& status) noexcept {
  const mode_t others = trusted_writers() == TrustedWriters::group ? S_IWOTH : S_IWOTH | S_IWGRP;
  return (status.st_mode & others) != 0;
}

Distrust judge_by_rule(const struct stat& status, const void*) noexcept {
  return judge_file(status);
}

Distrust judge_program_file(const struct stat& status) noexcept {
  if (!S_ISREG(status.st_mode)) return Distrust::not_regular;
  if (trusted_writers() == TrustedWriters::everyone) return Distrust::none;
  if (!is_owner_trusted(status)) return Distrust::other_owner;
  return can_be_written_by_others(status) ? Distrust::writable_by_others : Distrust::none;
}

int refuse(Distrust reason, Distrust& why) noexcept {
  why = reason;
  errno = EPERM;
  return -1;
}

// What is opened is judged once more: another file may be there by now, and under the same inode
// number. O_NONBLOCK: it may be a FIFO.
int open_and_judge(const ParentDirectory& parent, int flags, Judge judge, const void* argument,
                   Distrust& why) noexcept {
  constexpr int kNotAgain = O_CREAT | O_EXCL | O_TRUNC;
  const int opened = parent.open((flags & ~kNotAgain) | O_NONBLOCK);
  if (opened < 0) return -1;
  struct stat status {};
  const Distrust reason =
      ::fstat(opened, &status) == 0 ? judge(status, argument) : Distrust::missing;
  const bool is_ready =
      reason == Distrust::none && ((flags & O_TRUNC) == 0 || ::ftruncate(opened, 0) == 0);
  if (is_ready) return opened;
  const int error = errno;
  ::close(opened);
  errno = error;
  return reason == Distrust::none ? -1 : refuse(reason, why);
}

}  // namespace

void set_trusted_writers(TrustedWriters trusted) noexcept { writers.store(trusted); }

TrustedWriters trusted_writers() noexcept { return writers.load(std::memory_order_relaxed); }

Distrust judge_file(const struct stat& status) noexcept {
  if (!S_ISREG(status.st_mode)) return Distrust::not_regular;
  if (status.st_nlink > 1) return Distrust::several_links;
  if (trusted_writers() == TrustedWriters::everyone) return Distrust::none;
  if (!is_owner_trusted(status)) return Distrust::other_owner;
  return can_be_written_by_others(status) ? Distrust::writable_by_others : Distrust::none;
}

// A user who can write a sticky directory of root's cannot replace what others have there.
Distrust judge_directory(const struct stat& status) noexcept {
  if (!S_ISDIR(status.st_mode)) return Distrust::not_regular;
  if (trusted_writers() == TrustedWriters::everyone) return Distrust::none;
  if (!is_owner_trusted(status)) return Distrust::other_owner;
  const bool is_sticky_of_root = (status.st_mode & S_ISVTX) != 0 && status.st_uid == 0;
  return can_be_written_by_others(status) && !is_sticky_of_root ? Distrust::writable_by_others
                                                                : Distrust::none;
}

bool is_link_trusted(const struct stat& link) noexcept {
  if (link.st_uid == 0) return true;
  const bool is_of_caller = is_secure_execution() && ::geteuid() == ::getuid();
  return link.st_uid == ::geteuid() && !is_of_caller;
}

Distrust judge_file_at(const char* path) noexcept {
  struct stat status {};
  return ParentDirectory{path}.stat(status) ? judge_file(status) : Distrust::missing;
}

int open_judged(const char* path, int flags, Judge judge, const void* argument,
                Distrust& why) noexcept {
  return open_judged(ParentDirectory{path}, flags, judge, argument, why);
}

int open_judged(const ParentDirectory& parent, int flags, Judge judge, const void* argument,
                Distrust& why) noexcept {
  constexpr int kTries = 8;  // others may make and remove the file all the time
  why = Distrust::none;
  for (int tries = 0; tries < kTries; ++tries) {
    int opened = -1;
    struct stat status {};
    if (parent.stat(status)) {
      if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
        errno = EEXIST;
        return -1;
      }
      if (const Distrust reason = judge(status, argument); reason != Distrust::none) {
        return refuse(reason, why);
      }
      opened = open_and_judge(parent, flags, judge, argument, why);
      if (opened < 0 && errno == ENOENT) continue;
    } else if (errno == ENOENT && (flags & O_CREAT) != 0) {
      opened = parent.open(flags | O_EXCL, kOwnerOnly);
      if (opened < 0 && errno == EEXIST) continue;
    }
    return away_from_standard_streams(opened);
  }
  errno = EAGAIN;
  return -1;
}

int make_new(const char* path) noexcept {
  return away_from_standard_streams(
      ParentDirectory{path}.open(O_RDWR | O_CREAT | O_EXCL, kOwnerOnly));
}

bool remove_trusted(const ParentDirectory& parent, bool sync_directory, Distrust& why) noexcept {
  struct stat status {};
  why = parent.stat(status) ? judge_file(status) : Distrust::missing;
  if (why != Distrust::none || !parent.unlink()) return false;
  const int directory = sync_directory ? parent.open(".", O_RDONLY | O_DIRECTORY) : -1;
  if (directory < 0) return !sync_directory;
  const bool is_synced = ::fsync(directory) == 0;
  ::close(directory);
  return is_synced;
}

int open_trusted(const char* path, int flags, Distrust& why) noexcept {
  return open_judged(path, flags, judge_by_rule, nullptr, why);
}

// Also runs in a process that shares the program's memory (handlers/tool_start): bare system calls.
Distrust judge_program(const char* path, std::size_t* refused) noexcept {
  if (path[0] != '/') return Distrust::missing;
  const char* rest = path + 1;
  int at = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC));
  Distrust why = Distrust::none;
  for (bool is_last = false; why == Distrust::none && !is_last;) {
    struct stat status {};
    why = bare_fstat(at, &status) == 0 ? judge_directory(status) : Distrust::missing;
    if (why != Distrust::none) break;
    const int next = open_next_part(at, rest, 0);
    ::syscall(SYS_close, at);
    at = next;
    is_last = *rest == '\0';
    if (is_last)
      why = bare_fstat(at, &status) == 0 ? judge_program_file(status) : Distrust::missing;
  }
  if (at >= 0) ::syscall(SYS_close, at);
  if (refused != nullptr) {
    const auto length = static_cast<std::size_t>(rest - path);
    const bool has_slash_after = length > 1 && path[length - 1] == '/';
    *refused = has_slash_after ? length - 1 : length;
  }
  return why;
}

const char* text_of(Distrust why) noexcept {
  static constexpr const char* kTexts[] = {
      // in the order of Distrust
      "may be used",
      "is not there",
      "is no regular file; remove it or name another place",
      "belongs to another user; run as that user or name another place",
      "has several names (hard links); copy it to a file of its own",
      ("can be written by others; run 'chmod go-w' on it, or set DBLOG_TRUST=group in the "
       "environment if its group is trusted")};
  return kTexts[static_cast<std::size_t>(why)];
}

int away_from_standard_streams(int descriptor) noexcept {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  ::close(descriptor);
  return moved;
}

}  // namespace dblog::base
